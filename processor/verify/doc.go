// Package verify looks into finished files: whether both eyes are there and the
// right way round, whether there is any depth, and whether the eyes lie level.
package verify

// Package models is the catalogue of depth models, the store they are kept in
// and the download that fills it.
//
// The catalogue is data (catalogue.json): addresses, sizes, hashes, licences
// and how each model is fed. A Store is a folder; every installed model lies
// in a folder named by the hash of its contents, put there whole by a rename,
// so a name in the store never stands for half a file. Models shipped with the
// program, left by the earlier tool or named by path are found where they are
// and never changed.
//
// A Store is safe for concurrent use, by several processes too: changes are
// made under a file lock, and a model is fetched by one process at a time. The
// package runs no models and imports no other stage; the engine copies a
// Descriptor into its depth package's type of the same fields.
package models

// Package pix holds what every stage shares: sample planes, pictures, depth
// maps, a capped buffer pool and parallel row bands.
//
// Nothing here knows files, models or encoders. Memory is owned by whoever
// allocated it; a Picture or Map obtained from a Pool goes back with Release
// and must not be touched afterwards. Values are not safe for concurrent
// writing; concurrent reading, and writing of disjoint rows, is.
package pix

// Package models is the catalogue of depth models, the store they are kept in
// and the download that fills it.
package models

package viewmodel

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"spatialmaker/processor"
)

// DepthCache is the depth of films that is kept; Depths is one.
type DepthCache interface {
	Usage() (processor.DepthUsage, error)
	Clear() error
	Path() string
}

// Depths makes a processor.DepthCache a DepthCache.
type Depths struct{ processor.DepthCache }

// Path implements DepthCache.
func (d Depths) Path() string { return d.Dir }

// Prepared are folders of what was made ready for this computer: graphs of
// networks, compiled decoders. All of it is made again when it is missing.
type Prepared []string

// Bytes counts what lies in the folders; what cannot be looked at counts as
// nothing.
func (p Prepared) Bytes() (n int64) {
	for _, dir := range p {
		_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil //nolint:nilerr // it counts as nothing
			}
			if st, err := d.Info(); err == nil {
				n += st.Size()
			}
			return nil
		})
	}
	return n
}

// Clear empties the folders.
func (p Prepared) Clear() error {
	var all error
	for _, dir := range p {
		if err := os.RemoveAll(dir); err != nil {
			all = errors.Join(all, fmt.Errorf("clear %s: %w", dir, err))
		}
	}
	return all
}

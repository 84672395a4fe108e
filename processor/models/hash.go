package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// hashFile reads a file and returns its SHA-256 in hex and its size. It stops
// with ctx and holds while ctl (may be nil) is paused.
func hashFile(ctx context.Context, path string, ctl *control) (sum string, n int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	n, err = io.CopyBuffer(h, &gatedReader{ctx, ctl, f}, make([]byte, 256<<10))
	if err != nil {
		return "", n, fmt.Errorf("%s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), n, nil
}

// gatedReader ends with its context and holds while its control is paused.
type gatedReader struct {
	ctx context.Context
	ctl *control
	r   io.Reader
}

func (g *gatedReader) Read(b []byte) (int, error) {
	if g.ctl != nil {
		if err := g.ctl.gate(g.ctx); err != nil {
			return 0, err
		}
	} else if err := context.Cause(g.ctx); err != nil {
		return 0, err
	}
	return g.r.Read(b)
}

// hashTree hashes every file under dir. Anything but files and folders is an
// error: a link in the store could come to point elsewhere.
func hashTree(ctx context.Context, dir string, ctl *control) ([]kept, error) {
	var files []kept
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if !d.Type().IsRegular() {
			return fmt.Errorf("%s: %w", rel, errors.New("neither a file nor a folder"))
		}
		sum, n, err := hashFile(ctx, path, ctl)
		files = append(files, kept{Name: filepath.ToSlash(rel), Bytes: n, SHA256: sum})
		return err
	})
	return files, err
}

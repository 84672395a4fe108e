package models

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"spatialmaker/processor/onnxfile"
)

// The earlier tool wrote downloads straight to their final names, so what lies
// in its folders may be half a model. whole finds that out without hashing:
// sizes where they are known, else that the header reads to its end (ONNX) or
// that the package has its parts (Core ML).
func whole(e *Entry, path string) bool {
	st, err := os.Stat(path)
	if err != nil {
		return false
	}
	if e.Backend == ONNX {
		if !st.Mode().IsRegular() || (e.Files[0].Bytes > 0 && st.Size() != e.Files[0].Bytes) {
			return false
		}
		_, err := onnxfile.Inspect(path)
		return err == nil
	}
	if !st.IsDir() || !packageWhole(path) {
		return false
	}
	// Apple's package and the earlier tool's own share a name; sizes tell them apart.
	for _, f := range e.Files {
		rel := strings.TrimPrefix(f.Name, e.Main+"/")
		if f.Bytes > 0 && !sizeIs(filepath.Join(path, filepath.FromSlash(rel)), f.Bytes) {
			return false
		}
	}
	return true
}

// packageWhole reports whether dir looks like a complete .mlpackage.
func packageWhole(dir string) bool {
	var spec, weights bool
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if st, err := d.Info(); err != nil || (st.Mode().IsRegular() && st.Size() == 0) {
			return errors.Join(err, fs.ErrInvalid)
		}
		spec = spec || filepath.Ext(path) == ".mlmodel"
		weights = weights || d.Name() == "weight.bin"
		return nil
	})
	return err == nil && spec && weights && sizeIs(filepath.Join(dir, "Manifest.json"), 0)
}

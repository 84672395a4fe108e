package models

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Resolve finds the model a user names: a name of the catalogue or of a model
// brought by hand, a family's name (its best installed variant, Core ML first
// where that runs), the path of a model file or package, or "" for the best
// one installed. backend Auto leaves the choice open.
//
// A known model that is not installed comes back described, with an error that
// matches ErrNotInstalled and hints at the download.
func (s *Store) Resolve(nameOrFile string, backend Backend) (Model, error) {
	all, err := s.List()
	if err != nil {
		return Model{}, err
	}
	if nameOrFile == "" {
		if m, ok := Best(s.runnable(all, backend)); ok {
			return m, nil
		}
		return Model{}, withHint(ErrNoModel, "spatialmaker models download depth-anything-v2-small, or set SPATIALMAKER_RUNTIME to the folder with fastdepth.onnx")
	}
	if looksLikePath(nameOrFile) {
		return s.inspectPath(nameOrFile)
	}
	if e, ok := s.cat.Find(nameOrFile); ok {
		nameOrFile = e.Name
	}
	for _, m := range all {
		if m.Name == nameOrFile {
			return present(m)
		}
	}
	family := slices.DeleteFunc(slices.Clone(all), func(m Model) bool { return m.Family != nameOrFile })
	if len(family) == 0 {
		if _, err := os.Stat(nameOrFile); err == nil {
			return s.inspectPath(nameOrFile)
		}
		return Model{}, s.unknown(nameOrFile, all)
	}
	usable := s.runnable(family, backend)
	if m, ok := Best(usable); ok {
		return m, nil
	}
	return present(firstDefault(usable, family))
}

// runnable keeps the models of the wanted backend; Auto means Core ML where it
// runs, before ONNX.
func (s *Store) runnable(all []Model, backend Backend) []Model {
	var coreml, onnx []Model
	for _, m := range all {
		if m.Backend == CoreML {
			coreml = append(coreml, m)
		} else {
			onnx = append(onnx, m)
		}
	}
	switch {
	case backend == CoreML:
		return coreml
	case backend == ONNX || !s.coreml:
		return onnx
	}
	return append(coreml, onnx...)
}

// Best returns the installed model with the highest rank; among equals the
// first. It reports false when none is installed.
func Best(models []Model) (Model, bool) {
	var best Model
	for _, m := range models {
		if m.Installed && (!best.Installed || better(m, best)) {
			best = m
		}
	}
	return best, best.Installed
}

// better prefers quality; of the same family, the backend listed first (Core
// ML) wins even when an ONNX variant ranks higher, because it is several times
// as fast for the same weights.
func better(m, than Model) bool {
	if m.Family == than.Family && m.Backend != than.Backend {
		return false
	}
	return m.Rank > than.Rank
}

func firstDefault(usable, family []Model) Model {
	for _, list := range [][]Model{usable, family} {
		for _, m := range list {
			if m.Default {
				return m
			}
		}
	}
	return family[0]
}

func present(m Model) (Model, error) {
	if m.Installed {
		return m, nil
	}
	if m.URL == "" {
		return m, withHint(fmt.Errorf("%s: it comes with the program but was not found", m.Name),
			"set SPATIALMAKER_RUNTIME to the folder it lies in")
	}
	return m, withHint(fmt.Errorf("%s: %w", m.Name, ErrNotInstalled), "spatialmaker models download %s (%s)", m.Name, m.Size())
}

// Size is the model's size in words: "99 MB", "about 1.3 GB".
func (m Model) Size() string {
	if m.Bytes == 0 {
		return "size unknown"
	}
	if !m.BytesExact {
		return "about " + FormatBytes(m.Bytes)
	}
	return FormatBytes(m.Bytes)
}

// FormatBytes writes a size with a decimal unit, as disks and downloads are
// sold: "617 B", "5.8 MB", "1.3 GB".
func FormatBytes(n int64) string {
	const units = "kMGTPE"
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	v, u := float64(n)/1000, 0
	for v >= 999.5 && u < len(units)-1 {
		v, u = v/1000, u+1
	}
	if v < 9.95 {
		return fmt.Sprintf("%.1f %cB", v, units[u])
	}
	return fmt.Sprintf("%.0f %cB", v, units[u])
}

// looksLikePath reports whether the user means a file and not a name. No name
// has a separator or one of these endings.
func looksLikePath(s string) bool {
	if strings.ContainsRune(s, '/') || strings.ContainsRune(s, filepath.Separator) {
		return true
	}
	switch strings.ToLower(filepath.Ext(s)) {
	case ".onnx", ".mlpackage", ".mlmodelc":
		return true
	}
	return false
}

func (s *Store) unknown(name string, all []Model) error {
	err := fmt.Errorf("%s: %w", name, ErrUnknownModel)
	var near string
	best := len(name)/3 + 2
	for _, m := range all {
		for _, n := range []string{m.Name, m.Family} {
			if d := distance(name, n); d < best {
				near, best = n, d
			}
		}
	}
	if near != "" {
		return withHint(err, "did you mean %s? spatialmaker models list shows them all", near)
	}
	return withHint(err, "spatialmaker models list shows the names; a file is given with its path")
}

// distance is the Levenshtein distance of two names.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diag
			if a[i] != b[j] {
				d = 1 + min(diag, row[j], row[j+1])
			}
			diag, row[j+1] = row[j+1], d
		}
	}
	return row[len(b)]
}

package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Compile compiles a Core ML package into the folder dest, which does not
// exist yet and whose parent does. The coreml package has the call.
type Compile func(ctx context.Context, pkg, dest string) error

// Compiled returns the compiled form of a Core ML model, compiling it at most
// once for its content and this build of the system: Core ML's compiler takes
// seconds, and a new system may not load what an old one compiled. Two
// processes that ask at once compile once. A .mlmodelc is returned as it is.
//
// If a compiled model turns out not to load, call DropCompiled and ask again.
func (s *Store) Compiled(ctx context.Context, m Model, osBuild string, compile Compile) (string, error) {
	if m.Backend != CoreML || !m.Installed {
		return "", fmt.Errorf("%s: no installed Core ML model", m)
	}
	if filepath.Ext(m.Path) == ".mlmodelc" {
		return m.Path, nil
	}
	content, err := s.contentOf(ctx, m)
	if err != nil {
		return "", fmt.Errorf("%s: %w", m, err)
	}
	base := strings.TrimSuffix(filepath.Base(m.Path), filepath.Ext(m.Path)) + ".mlmodelc"
	dir := filepath.Join(s.root, compiledDir, content+"-"+tag(osBuild))
	path := filepath.Join(dir, base)
	if ready(path) {
		return path, nil
	}
	release, err := lock(ctx, s.incoming("compile-"+content[:16])+".lock", nil)
	if err != nil {
		return "", fmt.Errorf("%s: %w", m, err)
	}
	defer release()
	if ready(path) {
		return path, nil // another process was faster
	}
	if err := s.compile(ctx, m, content, dir, base, compile); err != nil {
		return "", fmt.Errorf("compile %s: %w", m, err)
	}
	return path, nil
}

// compile fills dir in one step and drops what older systems compiled.
func (s *Store) compile(ctx context.Context, m Model, content, dir, base string, compile Compile) error {
	work := s.incoming("compile-" + content[:16])
	if err := os.RemoveAll(work); err != nil {
		return diskError(err, work)
	}
	if err := os.MkdirAll(work, 0o755); err != nil {
		return diskError(err, work)
	}
	defer os.RemoveAll(work)
	dest := filepath.Join(work, base)
	if err := compile(ctx, m.Path, dest); err != nil {
		return diskError(err, work)
	}
	if !ready(dest) {
		return fmt.Errorf("%w: the compiler left nothing behind", ErrIncomplete)
	}
	if err := syncTree(work); err != nil {
		return diskError(err, work)
	}
	release, err := s.lockStore(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := s.dropCompiled(content); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return diskError(err, dir)
	}
	if err := os.Rename(work, dir); err != nil {
		return diskError(err, dir)
	}
	syncDir(filepath.Dir(dir))
	return nil
}

// ready reports whether a compiled model is there; it came there whole, by a
// rename, so a folder with something in it is enough.
func ready(path string) bool {
	ents, err := os.ReadDir(path)
	return err == nil && len(ents) > 0
}

// DropCompiled forgets every compiled form of the model.
func (s *Store) DropCompiled(ctx context.Context, m Model) error {
	content, err := s.contentOf(ctx, m)
	if err != nil {
		return fmt.Errorf("%s: %w", m, err)
	}
	release, err := s.lockStore(ctx)
	if err != nil {
		return err
	}
	defer release()
	return s.dropCompiled(content)
}

// ClearCompiled forgets every compiled model; they are compiled again when
// they are next used.
func (s *Store) ClearCompiled(ctx context.Context) error {
	release, err := s.lockStore(ctx)
	if err != nil {
		return err
	}
	defer release()
	return s.dropCompiled("")
}

// dropCompiled removes compiled models of that content, "" for all. The caller
// holds the store's lock.
func (s *Store) dropCompiled(content string) error {
	dir := filepath.Join(s.root, compiledDir)
	ents, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range ents {
		if strings.HasPrefix(e.Name(), content) {
			err = errors.Join(err, s.discard(filepath.Join(dir, e.Name())))
		}
	}
	return diskError(err, dir)
}

// contentOf identifies the content of a package. In the store its folder's
// name says it; elsewhere the files are read once, and again when a size or
// time of change differs.
func (s *Store) contentOf(ctx context.Context, m Model) (string, error) {
	if m.Origin == InStore {
		r, err := s.readReceipt(m.Name)
		if err != nil {
			return "", err
		}
		return r.Content, nil
	}
	stamp, err := stampOf(m.Path)
	if err != nil {
		return "", err
	}
	cache := filepath.Join(s.root, "contents.json")
	seen := map[string]string{}
	if err := readJSON(cache, &seen); err != nil {
		seen = map[string]string{}
	}
	if id := seen[stamp]; id != "" {
		return id, nil
	}
	files, err := hashTree(ctx, m.Path, nil)
	if err != nil {
		return "", err
	}
	id := contentID(files)
	release, err := s.lockStore(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	seen = map[string]string{}
	if err := readJSON(cache, &seen); err != nil {
		seen = map[string]string{}
	}
	seen[stamp] = id
	return id, writeJSON(cache, seen)
}

// stampOf changes when any file below dir changes in size or time.
func stampOf(dir string) (string, error) {
	h := sha256.New()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		st, err := d.Info()
		if err == nil && !st.IsDir() {
			fmt.Fprintf(h, "%s\x00%d\x00%d\n", path, st.Size(), st.ModTime().UnixNano())
		}
		return err
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

// tag makes a build number fit for a folder's name.
func tag(osBuild string) string {
	if osBuild == "" {
		return "any"
	}
	sum := sha256.Sum256([]byte(osBuild))
	return hex.EncodeToString(sum[:6])
}

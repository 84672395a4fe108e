package models

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"spatialmaker/processor/onnxfile"
)

// Add takes a model the user brings by hand into the store: an .onnx file
// (with its external weights beside it), a .mlpackage or .mlmodelc folder, or a
// .zip or .tar.gz with one of these in it. It is inspected, described, and
// copied; the original stays. A model of the catalogue is recognised by its
// content and installed under its own name. name is what it shall be called,
// "" for its file's name.
func (s *Store) Add(ctx context.Context, path, name string) (Model, error) {
	release, err := lock(ctx, s.incoming("add")+".lock", nil)
	if err != nil {
		return Model{}, err
	}
	defer release()
	dir := s.incoming("add")
	if err := os.RemoveAll(dir); err != nil { // left by one that was killed
		return Model{}, diskError(err, dir)
	}
	tree := filepath.Join(dir, "tree")
	if err := os.MkdirAll(tree, 0o755); err != nil {
		return Model{}, diskError(err, dir)
	}
	defer os.RemoveAll(dir)
	m, err := s.add(ctx, path, name, dir, tree)
	if err != nil {
		return Model{}, fmt.Errorf("add %s: %w", path, err)
	}
	return m, nil
}

func (s *Store) add(ctx context.Context, path, name, dir, tree string) (Model, error) {
	src, err := filepath.Abs(path)
	if err != nil {
		return Model{}, err
	}
	if format := archiveFormat(src); format != "" {
		if src, err = s.unpackAdded(ctx, src, format, filepath.Join(dir, "unpacked")); err != nil {
			return Model{}, err
		}
	}
	found, err := s.inspectPath(src)
	if err != nil {
		return Model{}, err
	}
	main := filepath.Base(src)
	if err := s.copyModel(ctx, src, tree); err != nil {
		return Model{}, err
	}
	files, err := hashTree(ctx, tree, nil)
	if err != nil {
		return Model{}, err
	}
	r := &receipt{Main: main, Files: files, Source: path, When: time.Now().UTC()}
	if e := s.entryWith(files, main); e != nil {
		r.Name = e.Name
	} else {
		r.Added = &addedInfo{Title: main, Backend: found.Backend, Descriptor: found.Descriptor}
		if r.Name, err = s.freeName(name, main, contentID(files)); err != nil {
			return Model{}, err
		}
	}
	if err := s.commit(ctx, tree, r, nil); err != nil {
		return Model{}, err
	}
	return s.Resolve(r.Name, Auto)
}

func archiveFormat(path string) string {
	lower := strings.ToLower(path)
	switch {
	case strings.HasSuffix(lower, ".zip"):
		return "zip"
	case strings.HasSuffix(lower, ".tar.gz"), strings.HasSuffix(lower, ".tgz"):
		return "tar.gz"
	}
	return ""
}

func (s *Store) unpackAdded(ctx context.Context, src, format, dst string) (string, error) {
	if err := os.MkdirAll(dst, 0o755); err != nil {
		return "", diskError(err, dst)
	}
	err := unpack(ctx, src, format, dst, bounds{bytes: maxUnknown, files: maxArchiveFiles}, func(int64) {})
	if err != nil {
		return "", diskError(err, dst)
	}
	found, err := modelIn(dst)
	if err == nil && found == dst { // a package whose parts lie bare in the archive
		found = strings.TrimSuffix(filepath.Base(src), filepath.Ext(src))
		found = filepath.Join(filepath.Dir(dst), strings.TrimSuffix(found, ".mlpackage")+".mlpackage")
		err = os.Rename(dst, found)
	}
	return found, err
}

// copyModel copies a model file with its external weights, or a package, into
// the empty folder tree.
func (s *Store) copyModel(ctx context.Context, src, tree string) error {
	st, err := os.Stat(src)
	if err != nil {
		return err
	}
	if st.IsDir() {
		if err := s.checkSpace(tree, dirSize(src)); err != nil {
			return err
		}
		return copyTree(ctx, src, filepath.Join(tree, filepath.Base(src)))
	}
	info, err := onnxfile.Inspect(src)
	if err != nil {
		return err
	}
	for _, name := range append([]string{filepath.Base(src)}, info.External...) {
		if !safeName(name) {
			return fmt.Errorf("%w: it names weights outside its folder: %q", ErrNotDepth, name)
		}
		from := filepath.Join(filepath.Dir(src), filepath.FromSlash(name))
		st, err := os.Stat(from)
		if errors.Is(err, fs.ErrNotExist) {
			return withHint(fmt.Errorf("%w: %s belongs to it and is missing", ErrIncomplete, name), "put %s beside the model", name)
		}
		if err != nil {
			return err
		}
		if err := s.checkSpace(tree, st.Size()); err != nil {
			return err
		}
		if err := copyFile(ctx, from, filepath.Join(tree, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	return nil
}

// copyTree copies files and folders; a link in a package is refused, since
// what it points to would not come along.
func copyTree(ctx context.Context, src, dst string) error {
	return filepath.WalkDir(src, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(src, path)
		if err != nil {
			return err
		}
		to := filepath.Join(dst, rel)
		switch {
		case d.IsDir():
			return diskError(os.MkdirAll(to, 0o755), dst)
		case sideFile(filepath.ToSlash(rel)):
			return nil
		case !d.Type().IsRegular():
			return fmt.Errorf("%w: %s is a link or device", ErrNotDepth, rel)
		}
		return copyFile(ctx, path, to)
	})
}

func copyFile(ctx context.Context, src, dst string) error {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(dst), 0o755); err != nil {
		return diskError(err, dst)
	}
	out, err := os.OpenFile(dst, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return diskError(err, dst)
	}
	defer out.Close()
	if _, err := io.CopyBuffer(out, &gatedReader{ctx, nil, in}, make([]byte, 256<<10)); err != nil {
		return diskError(err, dst)
	}
	return diskError(out.Close(), dst)
}

// entryWith finds the catalogue's model with exactly these contents.
func (s *Store) entryWith(files []kept, main string) *Entry {
	for i := range s.cat.Models {
		e := &s.cat.Models[i]
		if e.Verified() && len(e.Files) == len(files) && e.sameContent(files, main) {
			return e
		}
	}
	return nil
}

// sameContent compares hashes; a file's own name may differ, the names inside
// a package or of external weights may not.
func (e *Entry) sameContent(files []kept, main string) bool {
	for _, f := range e.Files {
		renamed := main + strings.TrimPrefix(f.Name, e.Main)
		if !strings.HasPrefix(f.Name, e.Main) {
			renamed = f.Name
		}
		if !slices.ContainsFunc(files, func(k kept) bool { return k.SHA256 == f.SHA256 && k.Name == renamed }) {
			return false
		}
	}
	return true
}

// freeName picks the name of an added model: the wanted one, or what its
// file's name gives. The same content may be added again; another model's name
// may not be taken.
func (s *Store) freeName(name, main, content string) (string, error) {
	clean := plainName(name)
	if name == "" {
		clean = plainName(strings.ToLower(strings.TrimSuffix(main, filepath.Ext(main))))
	}
	if clean == "" || (name != "" && clean != name) || len(clean) > 100 {
		return "", withHint(fmt.Errorf("%q is no name for a model", cmp.Or(name, main)), "give one of letters and digits with --name")
	}
	_, known := s.cat.Find(clean)
	known = known || slices.ContainsFunc(s.cat.Models, func(e Entry) bool { return e.Family == clean })
	r, err := s.readReceipt(clean)
	if known || (err == nil && r.Content != content) {
		return "", withHint(fmt.Errorf("another model is called %s", clean), "choose another name with --name")
	}
	return clean, nil
}

// plainName keeps letters, digits and "-._", and puts a hyphen in place of
// whatever else stands between them.
func plainName(name string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"
	words := strings.FieldsFunc(name, func(r rune) bool { return !strings.ContainsRune(plain, r) })
	return strings.Trim(strings.Join(words, "-"), "-.")
}

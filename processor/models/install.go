package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"spatialmaker/processor/onnxfile"
)

// install turns an entry's addresses into a folder in the store. It works in
// dir, which one process at a time holds: parts lie there under numbers, files
// that are whole and verified under tree.
type install struct {
	s        *Store
	e        *Entry
	f        *fetcher
	dir      string
	tree     string
	recorded map[string]record
	firstUse map[string]record // to be recorded when this installation succeeds
	sizes    []int64           // of the files, as far as is known now
	exact    []bool            // the size is no estimate
}

// maxUnknown bounds a file whose size nobody published.
const maxUnknown = 4 << 30

// limitFor is the most that is accepted where only an estimate is known.
func limitFor(exact, approx int64) int64 {
	switch {
	case exact > 0:
		return exact
	case approx > 0:
		return approx + approx/2 + 16<<20
	}
	return maxUnknown
}

// files fetches the entry file by file.
func (j *install) files(ctx context.Context) error {
	j.sizes, j.exact = make([]int64, len(j.e.Files)), make([]bool, len(j.e.Files))
	for i, f := range j.e.Files {
		j.sizes[i], j.exact[i] = max(f.Bytes, f.ApproxBytes), f.Bytes > 0
	}
	j.showTotal()
	var base int64
	r := &receipt{Name: j.e.Name, Main: j.e.Main, Source: j.e.URL(), FirstUse: !j.e.Verified(), When: time.Now().UTC()}
	for i := range j.e.Files {
		f := &j.e.Files[i]
		j.f.m.begin(f.Name, base)
		k, err := j.file(ctx, i, f)
		if err != nil {
			return err
		}
		r.Files = append(r.Files, k)
		base += k.Bytes
	}
	if err := j.onlyThese(r.Files); err != nil {
		return err
	}
	return j.finish(ctx, r)
}

// onlyThese removes from the tree what an earlier run, perhaps by an older
// catalogue, left beside the files.
func (j *install) onlyThese(files []kept) error {
	wanted := map[string]bool{}
	for _, k := range files {
		wanted[filepath.Join(j.tree, filepath.FromSlash(k.Name))] = true
	}
	return filepath.WalkDir(j.tree, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || wanted[path] {
			return err
		}
		return os.Remove(path)
	})
}

// file brings one file of the entry to its place in the tree.
func (j *install) file(ctx context.Context, i int, f *File) (kept, error) {
	dst := filepath.Join(j.tree, filepath.FromSlash(f.Name))
	if k, err := j.verify(ctx, f, dst); err == nil {
		return k, nil // whole since an earlier, interrupted run
	} else if ctx.Err() != nil {
		return kept{}, err
	}
	os.Remove(dst)
	var got kept
	w := &want{
		label: path.Base(f.Name), part: filepath.Join(j.dir, fmt.Sprintf("%d.part", i)),
		sources: j.sources(f), bytes: f.Bytes, limit: limitFor(f.Bytes, f.ApproxBytes), sha256: f.SHA256,
		provable: strings.HasSuffix(f.Name, ".onnx") || strings.HasSuffix(f.Name, ".json"),
		verify: func(ctx context.Context, part string) (err error) {
			got, err = j.verify(ctx, f, part)
			return err
		},
		total: func(n int64) { j.gotSize(i, n) },
	}
	if err := j.f.fetch(ctx, w); err != nil {
		return kept{}, err
	}
	if err := os.MkdirAll(filepath.Dir(dst), 0o755); err != nil {
		return kept{}, diskError(err, j.tree)
	}
	if err := os.Rename(w.part, dst); err != nil {
		return kept{}, diskError(err, j.tree)
	}
	os.Remove(w.statePath())
	return got, nil
}

// sources lists where a file can come from. Mirrors by rule are used only with
// a published hash: without one, an address is trusted by itself.
func (j *install) sources(f *File) []string {
	all := append([]string{f.URL}, f.Mirrors...)
	if f.SHA256 == "" {
		return all
	}
	for _, addr := range all[:len(all):len(all)] {
		for _, m := range j.s.cat.Mirrors {
			if rest, ok := strings.CutPrefix(addr, m.Of); ok {
				all = append(all, m.At+rest)
			}
		}
	}
	return all
}

// gotSize corrects the estimate of the total.
func (j *install) gotSize(i int, n int64) {
	j.sizes[i], j.exact[i] = n, true
	j.showTotal()
}

func (j *install) showTotal() {
	var total int64
	for _, n := range j.sizes {
		total += n
	}
	j.f.m.total(total, !slices.Contains(j.exact, false))
}

// verify reads a file back and compares it with what is known of f.
func (j *install) verify(ctx context.Context, f *File, at string) (kept, error) {
	sum, n, err := hashFile(ctx, at, j.f.ctl)
	if err != nil {
		return kept{}, err
	}
	k := kept{Name: f.Name, Bytes: n, SHA256: sum}
	if f.SHA256 != "" {
		if sum != f.SHA256 {
			return k, wrongHash(f.SHA256, sum)
		}
		return k, nil
	}
	if err := j.checkRecord(f.URL, sum, n); err != nil {
		return k, err
	}
	return k, sound(f.Name, at)
}

func wrongHash(want, got string) error {
	return fmt.Errorf("%w: sha256 %s, not %s", ErrHash, got, want)
}

// checkRecord compares with the first download from an address, or notes that
// this is it.
func (j *install) checkRecord(addr, sum string, n int64) error {
	r, known := j.recorded[addr]
	if !known {
		j.firstUse[addr] = record{SHA256: sum, Bytes: n, When: time.Now().UTC()}
		return nil
	}
	if r.SHA256 != sum {
		return withHint(fmt.Errorf("%w on %s: sha256 %s, not %s", ErrChanged, r.When.Format(time.DateOnly), sum, r.SHA256),
			"if the publisher replaced it and you trust that: spatialmaker models remove %s --forget, then download again", j.e.Name)
	}
	return nil
}

// sound looks for damage in a file without a published hash, by what its kind
// must hold.
func sound(name, at string) error {
	switch {
	case strings.HasSuffix(name, ".onnx"):
		info, err := onnxfile.Inspect(at)
		if err == nil && info.Opset == 0 {
			err = onnxfile.ErrNotONNX // the end of the file names the operator set
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrHash, err)
		}
	case strings.HasSuffix(name, ".json"):
		b, err := os.ReadFile(at)
		if err != nil {
			return err
		}
		if !json.Valid(b) {
			return fmt.Errorf("%w: %s is no JSON", ErrHash, path.Base(name))
		}
	}
	return nil
}

// finish checks that the tree is a model and gives it its place in the store.
func (j *install) finish(ctx context.Context, r *receipt) error {
	main := filepath.Join(j.tree, filepath.FromSlash(j.e.Main))
	if err := usable(j.e.Backend, main); err != nil {
		return err
	}
	if err := j.s.commit(ctx, j.tree, r, j.firstUse); err != nil {
		return err
	}
	if err := os.RemoveAll(j.dir); err != nil {
		return diskError(err, j.dir)
	}
	return nil
}

// usable reports whether a model is complete as far as its own header tells.
func usable(b Backend, main string) error {
	if b == CoreML {
		_, err := describePackage(main)
		return err
	}
	info, err := onnxfile.Inspect(main)
	if err != nil {
		return err
	}
	for _, name := range info.External {
		if !safeName(name) {
			return fmt.Errorf("%w: it names weights outside its folder: %q", ErrIncomplete, name)
		}
		if !sizeIs(filepath.Join(filepath.Dir(main), filepath.FromSlash(name)), 0) {
			return fmt.Errorf("%w: %s is missing", ErrIncomplete, name)
		}
	}
	return nil
}

// commit moves a verified tree to its content folder and writes the receipt.
// Whatever interrupts it, a content folder is whole or absent, and a receipt
// names one that is there.
func (s *Store) commit(ctx context.Context, tree string, r *receipt, firstUse map[string]record) error {
	if err := syncTree(tree); err != nil {
		return diskError(err, tree)
	}
	release, err := s.lockStore(ctx)
	if err != nil {
		return err
	}
	defer release()
	r.Content = contentID(r.Files)
	dst := s.contentPath(r.Content)
	if exists(dst) {
		// The same content under another name, or a damaged copy: the new one is verified.
		if err := s.discard(dst); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(dst), 0o755); err != nil {
		return diskError(err, s.root)
	}
	if err := os.Rename(tree, dst); err != nil {
		return diskError(err, s.root)
	}
	syncDir(filepath.Dir(dst))
	old, oldErr := s.readReceipt(r.Name)
	if err := s.addRecords(firstUse); err != nil {
		return err
	}
	if err := writeJSON(s.receiptPath(r.Name), r); err != nil {
		return err
	}
	if oldErr == nil && old.Content != r.Content {
		return s.dropUnused(old.Content)
	}
	return nil
}

// discard makes a folder of the store vanish in one step, then deletes it.
func (s *Store) discard(path string) error {
	if err := os.MkdirAll(filepath.Join(s.root, incomingDir), 0o755); err != nil {
		return diskError(err, s.root)
	}
	trash, err := os.MkdirTemp(filepath.Join(s.root, incomingDir), "trash-")
	if err != nil {
		return diskError(err, s.root)
	}
	err = os.Rename(path, filepath.Join(trash, "x"))
	return diskError(errors.Join(err, os.RemoveAll(trash)), s.root)
}

// dropUnused deletes a content folder that no receipt names. The caller holds
// the store's lock.
func (s *Store) dropUnused(id string) error {
	recs, err := s.receipts()
	if err != nil {
		return err
	}
	for _, r := range recs {
		if r.Content == id {
			return nil
		}
	}
	if !exists(s.contentPath(id)) {
		return nil
	}
	return s.discard(s.contentPath(id))
}

package models

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// archive fetches the entry as one archive and unpacks it.
func (j *install) archive(ctx context.Context, a *Archive) error {
	size := a.ApproxUnpacked
	if len(j.e.Files) > 0 {
		size, _ = j.e.Bytes()
	}
	j.f.m.total(max(a.Bytes, a.ApproxUnpacked), a.Bytes > 0)
	j.f.m.begin(filepath.Base(a.URL), 0)
	asFile := &File{Name: filepath.Base(a.URL), URL: a.URL, Bytes: a.Bytes, ApproxBytes: a.ApproxUnpacked, SHA256: a.SHA256}
	w := &want{
		label: asFile.Name, part: filepath.Join(j.dir, "archive.part"), sources: j.sources(asFile),
		bytes: a.Bytes, limit: limitFor(a.Bytes, a.ApproxUnpacked), sha256: a.SHA256, provable: true,
		total: func(n int64) { j.f.m.total(n, true) },
	}
	// Unpacking is part of verifying: without a published hash only the
	// archive's own checksums tell whether it is whole.
	w.verify = func(ctx context.Context, part string) error {
		if _, err := j.verify(ctx, asFile, part); err != nil {
			return err
		}
		err := j.unpack(ctx, part, a.Format, size)
		if errors.Is(err, ErrArchive) && a.SHA256 == "" {
			err = fmt.Errorf("%w: %w", ErrHash, err)
		}
		return err
	}
	if err := j.f.fetch(ctx, w); err != nil {
		return err
	}
	files, err := hashTree(ctx, j.tree, j.f.ctl)
	if err != nil {
		return err
	}
	if err := matches(files, j.e.Files); err != nil {
		return fmt.Errorf("%s: %s: %w", asFile.Name, hostOf(a.URL), err)
	}
	return j.finish(ctx, &receipt{
		Name: j.e.Name, Main: j.e.Main, Files: files, Source: a.URL, FirstUse: a.SHA256 == "", When: time.Now().UTC(),
	})
}

// unpack fills the tree anew, with nothing in it but the entry's model.
func (j *install) unpack(ctx context.Context, part, format string, size int64) error {
	raw := filepath.Join(j.dir, "unpacked")
	for _, dir := range []string{raw, j.tree} {
		if err := os.RemoveAll(dir); err != nil {
			return diskError(err, dir)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return diskError(err, dir)
		}
	}
	if err := j.s.checkSpace(raw, size); err != nil {
		return err
	}
	j.f.m.stage(StageUnpacking, "")
	err := unpack(ctx, part, format, raw, bounds{bytes: unpackedLimit(size, partSize(part)), files: maxArchiveFiles}, func(int64) {})
	if err != nil {
		return diskError(err, raw)
	}
	found, err := modelIn(raw)
	if err != nil {
		return err
	}
	if err := os.Rename(found, filepath.Join(j.tree, filepath.FromSlash(j.e.Main))); err != nil {
		return diskError(err, j.tree)
	}
	return os.RemoveAll(raw)
}

// unpackedLimit bounds what an archive may unpack to: half more than expected,
// or, where nobody published that, many times its own size (weights hardly
// compress; only a bomb comes near it).
func unpackedLimit(expected, packed int64) int64 {
	if expected > 0 {
		return limitFor(0, expected)
	}
	return min(maxUnknown, 30*packed+16<<20)
}

// modelIn finds the one model in an unpacked folder: a Core ML package, or the
// folder itself when its parts lie there bare.
func modelIn(dir string) (string, error) {
	if exists(filepath.Join(dir, "Manifest.json")) {
		return dir, nil
	}
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch ext := filepath.Ext(path); {
		case d.IsDir() && (ext == ".mlpackage" || ext == ".mlmodelc"):
			found = append(found, path)
			return fs.SkipDir
		case !d.IsDir() && ext == ".onnx":
			found = append(found, path)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	if len(found) != 1 {
		return "", fmt.Errorf("%w: it holds %d models, not one", ErrArchive, len(found))
	}
	return found[0], nil
}

// matches compares unpacked files with those the catalogue lists, if it does.
func matches(got []kept, want []File) error {
	if len(want) == 0 {
		return nil
	}
	byName := map[string]string{}
	for _, k := range got {
		byName[k.Name] = k.SHA256
	}
	for _, f := range want {
		sum, ok := byName[f.Name]
		switch {
		case !ok:
			return fmt.Errorf("%w: %s is missing", ErrIncomplete, f.Name)
		case f.SHA256 != "" && sum != f.SHA256:
			return fmt.Errorf("%s: %w", f.Name, wrongHash(f.SHA256, sum))
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("%w: %d files, not %d", ErrHash, len(got), len(want))
	}
	return nil
}

package processor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"spatialmaker/processor/media"
	"spatialmaker/processor/pack"
)

// ErrEmptyFolder reports a folder in which nothing can be converted.
var ErrEmptyFolder = errors.New("no photos or videos in this folder")

// input is one file to convert and the folder its output goes to below the
// output folder, "" for files named directly.
type input struct {
	path string
	sub  string
	err  error // found while walking; reported when the file's turn comes
}

// expand turns the paths of a job into files: folders are walked (one level,
// or all with recursive) in the order of natural, what is no photo or video inside them
// is passed over, and so are this program's own outputs when their source lies
// beside them. Paths that cannot be looked at are kept with their error.
func expand(ctx context.Context, paths []string, recursive bool) ([]input, error) {
	var out []input
	for _, p := range paths {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		st, err := os.Stat(p)
		if err != nil {
			out = append(out, input{path: p, err: err})
			continue
		}
		if !st.IsDir() {
			out = append(out, input{path: p})
			continue
		}
		found, err := walk(ctx, p, recursive)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			found = append(found, input{path: p, err: ErrEmptyFolder})
		}
		out = append(out, found...)
	}
	return out, nil
}

func walk(ctx context.Context, root string, recursive bool) ([]input, error) {
	var out []input
	file := func(path string, d fs.DirEntry) {
		if !convertible(path, d) || isOwnOutput(path) {
			return
		}
		sub, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil || sub == "." {
			sub = ""
		}
		out = append(out, input{path: path, sub: sub})
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if cerr := ctx.Err(); cerr != nil {
			return cerr
		}
		folder := d != nil && d.IsDir()
		if err != nil {
			out = append(out, input{path: path, err: err})
			return skipIf(folder)
		}
		if path == root {
			return nil
		}
		hidden := strings.HasPrefix(d.Name(), ".")
		if !folder && !hidden {
			file(path, d)
		}
		return skipIf(folder && (hidden || !recursive))
	})
	if err != nil {
		return nil, fmt.Errorf("walk folder %s: %w", root, err)
	}
	slices.SortStableFunc(out, func(a, b input) int { return natural(a.path, b.path) })
	return out, nil
}

// skipIf leaves a folder out of the walk.
func skipIf(skip bool) error {
	if skip {
		return fs.SkipDir
	}
	return nil
}

// convertible looks into a regular file (or a link to one) for a kind that can
// be converted. A file that cannot be read counts, so that it is reported.
func convertible(path string, d fs.DirEntry) bool {
	if d.Type()&fs.ModeSymlink != 0 {
		st, err := os.Stat(path)
		if err != nil || !st.Mode().IsRegular() {
			return false
		}
	} else if !d.Type().IsRegular() {
		return false
	}
	format, err := media.Sniff(path)
	if err != nil {
		// Only files whose name promises a picture are worth an error line.
		return looksLikeMedia(path)
	}
	return format != ""
}

var mediaExtensions = strings.Fields(`.jpg .jpeg .jpe .jfif .png .webp .tif .tiff .bmp .gif .heic .heif .avif .jxl .mpo .jps
	.mp4 .m4v .mov .mkv .webm .avi .ts .mts .m2ts .mpg .mpeg .wmv .flv .3gp`)

func looksLikeMedia(path string) bool {
	return slices.Contains(mediaExtensions, strings.ToLower(filepath.Ext(path)))
}

// isOwnOutput reports whether path carries the name of an output of this
// program and the file it was made from (same stem, any extension) is there.
func isOwnOutput(path string) bool {
	_, stem := pack.Parse(path)
	name := filepath.Base(path)
	if stem == "" || stem == strings.TrimSuffix(name, filepath.Ext(name)) {
		return false
	}
	for _, e := range mediaExtensions {
		for _, v := range []string{e, strings.ToUpper(e)} {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), stem+v)); err == nil {
				return true
			}
		}
	}
	return false
}

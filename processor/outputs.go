package processor

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"spatialmaker/processor/media"
	"spatialmaker/processor/pack"
)

// output is one file to be written.
type output struct {
	layout pack.Layout
	paths  []string     // two for left-right
	format media.Format // unused by depth, which has formats of its own
}

// target says where the outputs of a job go.
type target struct {
	file   string // exact path, for one input and one format
	folder string // "" beside the input
}

// photoExtensions maps file extensions to the formats that can be written.
var photoExtensions = map[string]media.Format{
	".jpg": media.FormatJPEG, ".jpeg": media.FormatJPEG, ".png": media.FormatPNG,
	".tif": media.FormatTIFF, ".tiff": media.FormatTIFF, ".webp": media.FormatWebP,
}

// extensions maps the formats that are written to what their files end in.
var extensions = map[media.Format]string{
	media.FormatJPEG: "jpg", media.FormatPNG: "png", media.FormatTIFF: "tif", media.FormatWebP: "webp",
}

// resolveTarget decides what --output means: an existing folder, a name ending
// in a separator, several inputs or formats make it a folder, else a file.
func resolveTarget(o Options, inputs []input) (target, error) {
	if o.Output == "" {
		return target{}, nil
	}
	st, err := os.Stat(o.Output)
	isDir := err == nil && st.IsDir()
	slash := os.IsPathSeparator(o.Output[len(o.Output)-1])
	several := len(inputs) > 1 || len(o.Formats) > 1 || o.Formats[0] == pack.LeftRight ||
		(len(inputs) == 1 && inputs[0].sub != "")
	ext := strings.ToLower(filepath.Ext(o.Output))
	switch {
	case isDir || slash:
		return target{folder: filepath.Clean(o.Output)}, nil
	case err == nil && several:
		return target{}, fmt.Errorf("%w --output %s: is a file, but several files are to be written: name a folder", ErrOption, o.Output)
	case several || ext == "":
		return target{folder: filepath.Clean(o.Output)}, nil
	}
	return target{file: o.Output}, nil
}

// skippedNote tells of outputs that were left alone.
func skippedNote(n int) string {
	if n == 1 {
		return "1 existing output skipped"
	}
	return fmt.Sprintf("%d existing outputs skipped", n)
}

// planner hands out output paths of one run, so that two inputs of the same
// stem (a.jpg and a.heic) never write to the same file.
type planner struct {
	options Options
	target  target
	claimed map[string]string // output path -> input
}

func newPlanner(o Options, t target) *planner {
	return &planner{options: o, target: t, claimed: map[string]string{}}
}

// photo returns what is to be written for one photo. Existing outputs end in
// media.ErrExists unless they are to be overwritten, in ErrOwnInput if one is the
// input; with SkipExisting they are
// left out and skipped counts them.
func (p *planner) photo(in input, source media.Format) (outs []output, skipped int, err error) {
	folder := filepath.Dir(in.path)
	if p.target.folder != "" {
		folder = filepath.Join(p.target.folder, in.sub)
	}
	ext := filepath.Ext(in.path)
	stem := strings.TrimSuffix(filepath.Base(in.path), ext)
	for _, l := range p.options.Formats {
		out := output{layout: l, format: p.outputFormat(source)}
		end := p.ending(l)
		if p.target.file != "" {
			if l == pack.Wiggle {
				err = wiggleEnds(p.target.file)
			} else {
				out.format, err = formatOf(p.target.file, end)
			}
			if err != nil {
				return nil, 0, err
			}
			out.paths = []string{p.target.file}
		} else {
			if end == "" {
				end = extensions[out.format]
			}
			out.paths = p.unclaimed(in, folder, stem, strings.TrimPrefix(ext, "."), l, end)
		}
		exists, err := p.existing(in, out.paths)
		if err != nil {
			return nil, 0, err
		}
		if exists {
			skipped++
			continue
		}
		outs = append(outs, out)
	}
	return outs, skipped, nil
}

// ending is what the names of a layout end in that has one form of its own, ""
// where the format is open.
func (p *planner) ending(l pack.Layout) string {
	switch l {
	case pack.Spatial:
		return "heic"
	case pack.MPO:
		return "mpo"
	case pack.Wiggle:
		return "gif"
	case pack.Depth:
		return strings.TrimPrefix(media.DepthFormat(p.options.DepthFormat).Ext(), ".")
	}
	return ""
}

// formatOf reads the format from the name that a photo's output is given; ends
// is what it must end in, "" where that is open.
func formatOf(path, ends string) (media.Format, error) {
	ext := strings.ToLower(filepath.Ext(path))
	f, ok := photoExtensions[ext]
	switch {
	case ends != "" && ext != "."+ends:
		return "", fmt.Errorf("%w --output %s: this format is written as %s", ErrOption, path, ends)
	case ends == "" && !ok:
		return "", fmt.Errorf("%w --output %s: photos are written as jpg, png, tiff or webp", ErrOption, path)
	}
	return f, nil
}

// outputFormat keeps what viewers read and what is lossless; the rest becomes
// JPEG.
func (p *planner) outputFormat(source media.Format) media.Format {
	switch source {
	case media.FormatPNG, media.FormatTIFF, media.FormatWebP:
		return source
	case media.FormatGIF, media.FormatBMP:
		return media.FormatPNG
	}
	return media.FormatJPEG
}

// unclaimed returns the layout's paths, with the input's extension worked into
// the stem when another input of this run has the plain ones.
func (p *planner) unclaimed(in input, folder, stem, ext string, l pack.Layout, end string) []string {
	for n := 0; ; n++ {
		s := stem
		switch {
		case n == 1:
			s = stem + "-" + ext
		case n > 1:
			s = fmt.Sprintf("%s-%s-%d", stem, ext, n)
		}
		paths := pack.Names(s, l, end)
		free := true
		for i := range paths {
			paths[i] = filepath.Join(folder, paths[i])
			if owner, taken := p.claimed[paths[i]]; taken && owner != in.path {
				free = false
			}
		}
		if free {
			for _, path := range paths {
				p.claimed[path] = in.path
			}
			return paths
		}
	}
}

// existing looks whether outputs are there already and may be replaced. An
// output that is the input itself is never allowed.
func (p *planner) existing(in input, paths []string) (skip bool, err error) {
	src, err := os.Stat(in.path)
	if err != nil {
		return false, err
	}
	for _, path := range paths {
		st, err := os.Lstat(path)
		if err != nil {
			continue // absent, or its folder is: writing will tell
		}
		if os.SameFile(src, st) {
			return false, fmt.Errorf("write %s: %w", path, ErrOwnInput)
		}
		switch {
		case p.options.SkipExisting:
			return true, nil
		case p.options.Overwrite && st.Mode().Type() == 0:
		default:
			return false, &fs.PathError{Op: "write", Path: path, Err: media.ErrExists}
		}
	}
	return false, nil
}

// makeFolders creates the folders the outputs go to.
func makeFolders(outs []output) error {
	var done []string
	for _, o := range outs {
		for _, path := range o.paths {
			dir := filepath.Dir(path)
			if slices.Contains(done, dir) {
				continue
			}
			if err := os.MkdirAll(dir, 0o777); err != nil {
				return fmt.Errorf("make output folder: %w", err)
			}
			done = append(done, dir)
		}
	}
	return nil
}

package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"spatialmaker/processor/pack"
	"spatialmaker/processor/verify"
)

func (a *App) verify(ctx context.Context, args []string) error {
	var layout pack.Layout
	fs := pflag.NewFlagSet("verify", pflag.ContinueOnError)
	oneOf(binder{fs}, "layout", &layout, "how the eyes are arranged; default: read from the name", append(pack.Layouts(), pack.Spatial)...)
	return a.inspect(ctx, fs, "verify OUTPUT... [--json]", args, func(path string) (finding, error) {
		r, err := verify.File(ctx, path, layout)
		if err != nil {
			return finding{}, err
		}
		return finding{about: r, ok: r.OK, text: func(w io.Writer) error { return verdict(w, r) }}, nil
	})
}

// verdict writes a report for people.
func verdict(w io.Writer, r *verify.Report) error {
	word := "good"
	if !r.OK {
		word = "NOT GOOD"
	}
	_, err := fmt.Fprintf(w, "%s: %s (%s, %dx%d)\n", r.Path, word, r.Layout, r.Width, r.Height)
	if r.Eyes != "" && err == nil {
		_, err = fmt.Fprintf(w, "  eyes %s, near %+.2f %%, far %+.2f %% of the width\n", r.Eyes, r.Nearest, r.Farthest)
	}
	for _, p := range append(r.Problems, r.Notes...) {
		if err == nil {
			_, err = fmt.Fprintf(w, "  %s\n", p)
		}
	}
	return err
}

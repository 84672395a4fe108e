package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"spatialmaker/processor"
	"spatialmaker/processor/pack"
	"spatialmaker/processor/verify"
)

func (a *App) verify(ctx context.Context, args []string) error {
	var asJSON bool
	var layout pack.Layout
	fs := pflag.NewFlagSet("verify", pflag.ContinueOnError)
	fs.BoolVar(&asJSON, "json", false, "one JSON object for each file")
	oneOf(binder{fs}, "layout", &layout, "how the eyes are arranged; default: read from the name", pack.Layouts()...)
	if done, err := a.parse(fs, "verify OUTPUT... [--json]", args); done || err != nil {
		return err
	}
	if fs.NArg() == 0 {
		return fmt.Errorf("%w: verify needs at least one OUTPUT", errUsage)
	}
	failed := false
	for _, path := range fs.Args() {
		r, err := verify.File(ctx, path, layout)
		switch {
		case errors.Is(err, context.Canceled):
			return err
		case err != nil:
			failed = true
			fmt.Fprintln(a.Stderr, failure(path, processor.Explain(err)))
			continue
		case asJSON:
			err = a.object(r)
		default:
			err = verdict(a.Stdout, r)
		}
		if err != nil {
			return err
		}
		failed = failed || !r.OK
	}
	if failed {
		return errTold
	}
	return nil
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
	for _, p := range r.Problems {
		if err == nil {
			_, err = fmt.Fprintf(w, "  %s\n", p)
		}
	}
	return err
}

package cli

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"
)

// depths shows and clears the depth that is kept of videos.
func (a *App) depths(_ context.Context, args []string) error {
	var asJSON bool
	fs := pflag.NewFlagSet("depths", pflag.ContinueOnError)
	fs.BoolVar(&asJSON, "json", false, "one JSON object")
	const usage = "depths [list|clear] [--json]"
	if done, err := a.parse(fs, usage, args); done || err != nil {
		return err
	}
	word := "list"
	if fs.NArg() > 0 {
		word = fs.Arg(0)
	}
	if fs.NArg() > 1 || word != "list" && word != "clear" {
		return fmt.Errorf("%w: usage: spatialmaker %s", errUsage, usage)
	}
	e, err := a.Engine(func(string, ...any) {})
	if err != nil {
		return err
	}
	defer e.Close()
	cache := e.Depths()
	if word == "clear" {
		if err := cache.Clear(); err != nil {
			return err
		}
	}
	u, err := cache.Usage()
	if err != nil {
		return err
	}
	if asJSON {
		return a.object(u)
	}
	const mega = 1e6
	_, err = fmt.Fprintf(a.Stdout, "depth of %d videos, %.1f of at most %.0f MB, in %s\n",
		u.Films, float64(u.Bytes)/mega, float64(u.Limit)/mega, cache.Dir)
	return err
}

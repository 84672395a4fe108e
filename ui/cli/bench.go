package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"spatialmaker/processor/bench"
)

func (a *App) bench(ctx context.Context, args []string) error {
	o := bench.DefaultOptions()
	var asJSON bool
	fs := pflag.NewFlagSet("bench", pflag.ContinueOnError)
	b := binder{fs}
	fs.StringVarP(&o.Model, "model", "m", "", "model to time; default: the best one installed")
	b.add("size", "", "", "WxH", "size given to the network; default: the model's own", func(s string) error {
		w, h, ok := strings.Cut(s, "x")
		x, err1 := strconv.Atoi(w)
		y, err2 := strconv.Atoi(h)
		if !ok || errors.Join(err1, err2) != nil || x < 14 || y < 14 || x > 4096 || y > 4096 {
			return errors.New("must be a width and a height from 14 to 4096, like 518x392")
		}
		o.Width, o.Height = x, y
		return nil
	})
	b.add("only", "", strings.Join(o.Parts, ","), "LIST", "parts to time, a comma list", func(s string) error {
		parts, err := bench.ParseParts(s)
		o.Parts = parts
		return err
	})
	fs.StringVar(&o.Temporal, "temporal", "", "also measure how steady depth is, on this video or photo")
	fs.BoolVar(&asJSON, "json", false, "one JSON object")
	if done, err := a.parse(fs, "bench [flags]", args); done || err != nil {
		return err
	}
	e, err := a.Engine(func(string, ...any) {})
	if err != nil {
		return err
	}
	defer e.Close()
	report, err := bench.Run(ctx, e, a.About().Runtime.Version, o, func(what string) {
		if a.Terminal {
			fmt.Fprintf(a.Stderr, "\r%-60s", what)
		}
	})
	if a.Terminal {
		fmt.Fprintf(a.Stderr, "\r%60s\r", "")
	}
	if err != nil {
		return err
	}
	if asJSON {
		return a.object(report)
	}
	return report.Text(a.Stdout)
}

package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"spatialmaker/processor"
	"spatialmaker/ui/desktop"
)

func (a *App) convert(ctx context.Context, args []string) error {
	o := processor.DefaultOptions()
	var v verbosity
	fs := pflag.NewFlagSet("convert", pflag.ContinueOnError)
	convertFlags(fs, &o)
	v.flags(fs)
	if done, err := a.parse(fs, "convert [flags] INPUT...", args); done || err != nil {
		return err
	}
	if fs.NArg() == 0 {
		return fmt.Errorf("%w: convert needs at least one INPUT; see spatialmaker convert --help", errUsage)
	}
	if err := o.Validate(); err != nil {
		return err
	}
	logf := func(string, ...any) {}
	if v.verbose {
		logf = func(format string, args ...any) { fmt.Fprintf(a.Stderr, format+"\n", args...) }
	}
	e, err := a.Engine(logf)
	if err != nil {
		return err
	}
	defer e.Close()
	var awake desktop.Awake
	awake.Hold(true)
	defer awake.Hold(false)
	r := a.reporter(v)
	err = e.Run(ctx, processor.Job{Inputs: fs.Args(), Options: o}, r)
	r.close()
	if errors.Is(err, processor.ErrFailed) {
		return r.verdict()
	}
	return err
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"

	"spatialmaker/processor"
	"spatialmaker/processor/models"
)

// Exit statuses, fixed by design/cli.md.
const (
	ExitOK          = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitInterrupted = 130
)

// App is what the commands need from the outside; main.go fills it.
type App struct {
	Stdout io.Writer
	Stderr io.Writer
	// Terminal reports whether Stderr is a terminal, so that progress may
	// redraw its line.
	Terminal bool
	// Engine returns a new engine; logf receives details for -v.
	Engine func(logf func(format string, args ...any)) (*processor.Engine, error)
	// Window opens the window with files queued and returns when it is closed.
	Window func(ctx context.Context, files []string) error
	// About collects what version prints.
	About func() About
	// Store opens the model store.
	Store func() (*models.Store, error)
}

var (
	errUsage  = errors.New("wrong usage")          // exit status 2
	errTold   = errors.New("told already")         // exit status 1, every input had its line
	errMisuse = errors.New("told already: misuse") // exit status 2, every input had its line
)

type command struct {
	name  string
	brief string
	run   func(a *App, ctx context.Context, args []string) error
}

func commands() []command {
	return []command{
		{"convert", "convert photos, videos and folders without a window", (*App).convert},
		{"probe", "show what the program sees in a file", (*App).probe},
		{"verify", "check finished files", (*App).verify},
		{"models", "list, download, check and remove models", (*App).runModels},
		{"depths", "show or clear the depth that is kept of videos", (*App).depths},
		{"bench", "time depth, stereo and whole jobs on this machine", (*App).bench},
		{"version", "show the version and what was found on this machine", (*App).version},
		{"help", "show this text", (*App).help},
	}
}

// Main runs the command line args (without the program's name) and returns the
// exit status. Without a command word it opens the window.
func (a *App) Main(ctx context.Context, args []string) int {
	err := a.dispatch(ctx, args)
	switch {
	case err == nil:
		return ExitOK
	case ctx.Err() != nil || errors.Is(err, context.Canceled):
		return ExitInterrupted
	case errors.Is(err, errTold):
		return ExitFailed
	case errors.Is(err, errMisuse):
		return ExitUsage
	case errors.Is(err, errUsage) || errors.Is(err, processor.ErrOption):
		fmt.Fprintf(a.Stderr, "spatialmaker: %v\n", err)
		return ExitUsage
	case errors.Is(err, processor.ErrNoSpatial): // asked of a machine that cannot; no input was touched
		fmt.Fprintf(a.Stderr, "spatialmaker: %s\n", processor.Explain(err).Line())
		return ExitUsage
	}
	fmt.Fprintf(a.Stderr, "spatialmaker: %s\n", processor.Explain(err).Line())
	return ExitFailed
}

func (a *App) dispatch(ctx context.Context, args []string) error {
	if len(args) > 0 {
		for _, c := range commands() {
			if c.name == args[0] {
				return c.run(a, ctx, args[1:])
			}
		}
		switch args[0] {
		case "-h", "--help":
			return a.help(ctx, nil)
		case "--version":
			return a.version(ctx, nil)
		}
		if strings.HasPrefix(args[0], "-") {
			return fmt.Errorf("%w: unknown flag %s; see spatialmaker help", errUsage, args[0])
		}
	}
	return a.Window(ctx, args)
}

func (a *App) help(context.Context, []string) error {
	var b strings.Builder
	b.WriteString("Spatial Maker turns photos and videos into stereoscopic 3D.\n\nusage:\n")
	fmt.Fprintf(&b, "  %-28s %s\n", "spatialmaker [FILE...]", "open the window")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-28s %s\n", "spatialmaker "+c.name, c.brief)
	}
	b.WriteString("\nEvery command explains its flags with --help.\n")
	_, err := io.WriteString(a.Stdout, b.String())
	return err
}

// parse reads args into fs. It prints the help and reports done when that is
// all that was asked for.
func (a *App) parse(fs *pflag.FlagSet, usage string, args []string) (done bool, err error) {
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	fs.SortFlags = false
	err = fs.Parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		_, err = fmt.Fprintf(a.Stdout, "usage: spatialmaker %s\n\nflags:\n%s", usage, fs.FlagUsagesWrapped(100))
		return true, err
	}
	if err != nil {
		return false, fmt.Errorf("%w: %w; see spatialmaker %s --help", errUsage, err, fs.Name())
	}
	return false, nil
}

// value is a flag read by a function; its text is shown as the default.
type value struct {
	text string
	kind string
	set  func(string) error
}

func (v *value) String() string { return v.text }
func (v *value) Type() string   { return v.kind }

func (v *value) Set(s string) error {
	if err := v.set(s); err != nil {
		return err
	}
	v.text = s
	return nil
}

// verbosity is how much a command tells and in which form.
type verbosity struct {
	json, quiet, verbose bool
}

func (v *verbosity) flags(fs *pflag.FlagSet) {
	fs.BoolVar(&v.json, "json", false, "one JSON event a line on stdout, nothing else there")
	fs.BoolVarP(&v.quiet, "quiet", "q", false, "errors only")
	fs.BoolVarP(&v.verbose, "verbose", "v", false, "details on stderr")
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"spatialmaker/processor"
	"spatialmaker/processor/models"
)

// modelCommands are the words behind "models".
var modelCommands = []struct {
	name  string
	usage string
	brief string
	run   func(a *App, ctx context.Context, s *models.Store, c *modelCall) error
}{
	{"list", "list [--all] [--json]", "models, what they are good for and what is installed", (*App).modelsList},
	{"download", "download NAME... [--accept-licence] [--json]", "fetch models", (*App).modelsDownload},
	{"remove", "remove NAME... [--forget]", "delete downloaded models", (*App).modelsRemove},
	{"verify", "verify [NAME...] [--json]", "compare installed models with their hashes", (*App).modelsVerify},
	{"add", "add FILE [--name NAME] [--json]", "take a model file or package of your own into the store", (*App).modelsAdd},
	{"path", "path [NAME]", "where models are kept, or where one lies", (*App).modelsPath},
	{"licence", "licence NAME", "show a model's licence in full", (*App).modelsLicence},
}

// modelCall is the command line behind a word of "models".
type modelCall struct {
	names  []string
	json   bool
	quiet  bool
	all    bool
	accept bool
	forget bool
	name   string
}

// runModels is the models command.
func (a *App) runModels(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%w: models needs a word: %s", errUsage, modelWords())
	}
	for _, mc := range modelCommands {
		if mc.name != args[0] {
			continue
		}
		c := &modelCall{}
		fs := pflag.NewFlagSet("models "+mc.name, pflag.ContinueOnError)
		c.flags(fs, mc.usage)
		if done, err := a.parse(fs, "models "+mc.usage, args[1:]); done || err != nil {
			return err
		}
		c.names = fs.Args()
		if err := c.check(mc.usage); err != nil {
			return err
		}
		s, err := a.Store()
		if err != nil {
			return err
		}
		return mc.run(a, ctx, s, c)
	}
	if args[0] == "-h" || args[0] == "--help" {
		return a.modelsHelp()
	}
	return fmt.Errorf("%w: models %s is not known, only %s", errUsage, args[0], modelWords())
}

func modelWords() string {
	words := make([]string, len(modelCommands))
	for i, c := range modelCommands {
		words[i] = c.name
	}
	return strings.Join(words, " ")
}

func (a *App) modelsHelp() error {
	var b strings.Builder
	b.WriteString("usage: spatialmaker models WORD\n\n")
	for _, c := range modelCommands {
		fmt.Fprintf(&b, "  %-50s %s\n", c.usage, c.brief)
	}
	_, err := fmt.Fprint(a.Stdout, b.String())
	return err
}

// flags binds the flags that the usage line names.
func (c *modelCall) flags(fs *pflag.FlagSet, usage string) {
	has := func(flag string) bool { return strings.Contains(usage, flag) }
	if has("--json") {
		fs.BoolVar(&c.json, "json", false, "JSON on stdout, nothing else there")
	}
	if has("--all") {
		fs.BoolVar(&c.all, "all", false, "every variant, those for other systems too")
	}
	if has("--accept-licence") {
		fs.BoolVar(&c.accept, "accept-licence", false, "accept the licence of a model that is not for commercial use")
	}
	if has("--forget") {
		fs.BoolVar(&c.forget, "forget", false, "also forget the hash recorded at its first download")
	}
	if has("--name") {
		fs.StringVar(&c.name, "name", "", "what to call the model")
	}
	fs.BoolVarP(&c.quiet, "quiet", "q", false, "errors only")
}

// check holds the number of names against the usage line.
func (c *modelCall) check(usage string) error {
	least, most := 0, 0
	for _, word := range []string{"NAME", "FILE"} {
		before, after, found := strings.Cut(usage, word)
		if !found || strings.HasSuffix(before, "--name ") {
			continue
		}
		most = 1
		if !strings.HasSuffix(before, "[") {
			least = 1
		}
		if strings.HasPrefix(after, "...") {
			most = len(c.names)
		}
	}
	if len(c.names) < least || len(c.names) > most {
		return fmt.Errorf("%w: spatialmaker models %s", errUsage, usage)
	}
	return nil
}

// told writes an error's line and reports whether the command should go on
// with its next name; an interruption ends it.
func (a *App) told(ctx context.Context, name string, err error) bool {
	if ctx.Err() != nil || errors.Is(err, context.Canceled) {
		return false
	}
	fmt.Fprintln(a.Stderr, failure(name, processor.Explain(err)))
	return true
}

// each runs f for every name and goes on after a failure.
func (a *App) each(ctx context.Context, names []string, f func(name string) error) error {
	failed := false
	for _, name := range names {
		if err := f(name); err != nil {
			if !a.told(ctx, name, err) {
				return err
			}
			failed = true
		}
	}
	if failed {
		return errTold
	}
	return nil
}

func (a *App) modelsRemove(ctx context.Context, s *models.Store, c *modelCall) error {
	return a.each(ctx, c.names, func(name string) error {
		err := s.Remove(ctx, name)
		if c.forget && (err == nil || errors.Is(err, models.ErrNotInstalled)) {
			err = s.Forget(ctx, name)
		}
		return err
	})
}

func (a *App) modelsPath(_ context.Context, s *models.Store, c *modelCall) error {
	path := s.Path()
	if len(c.names) == 1 {
		m, err := s.Resolve(c.names[0], models.Auto)
		if err != nil {
			return err
		}
		path = m.Path
	}
	_, err := fmt.Fprintln(a.Stdout, path)
	return err
}

func (a *App) modelsLicence(_ context.Context, s *models.Store, c *modelCall) error {
	m, err := s.Resolve(c.names[0], models.Auto)
	if err != nil && !errors.Is(err, models.ErrNotInstalled) {
		return err
	}
	if m.Licence.Name == "" {
		return fmt.Errorf("%s: its licence is not known: it was brought by hand", m.Name)
	}
	_, err = fmt.Fprintf(a.Stdout, "%s comes under %s.\n%s\n%s\n\n%s", m.Title, m.Licence.Name, m.Licence.Summary, m.Licence.URL, m.Licence.Text)
	return err
}

func (a *App) modelsAdd(ctx context.Context, s *models.Store, c *modelCall) error {
	m, err := s.Add(ctx, c.names[0], c.name)
	if err != nil {
		return err
	}
	if c.json {
		return a.object(listed(m))
	}
	if n := m.Notice(); n != "" {
		fmt.Fprintln(a.Stderr, n)
	}
	if !c.quiet {
		fmt.Fprintf(a.Stderr, "added as %s: %s\n", m.Name, feeding(m.Descriptor))
	}
	_, err = fmt.Fprintln(a.Stdout, m.Path)
	return err
}

// feeding tells how a model is going to be used, so that a wrong guess about
// one brought by hand is seen.
func feeding(d models.Descriptor) string {
	size := fmt.Sprintf("any size in steps of %d, short side %d", d.Multiple, d.ShortSide)
	if d.FixedW > 0 {
		size = fmt.Sprintf("%d x %d", d.FixedW, d.FixedH)
	} else if d.Multiple == 0 {
		size = "a size that the model itself tells"
	}
	values := "0..1"
	if d.Normalise {
		values = "normalised as for ImageNet"
	}
	larger := "larger is nearer"
	if d.Polarity == models.Distance {
		larger = "larger is farther"
	}
	if d.Input == models.InputImage {
		return fmt.Sprintf("takes pictures of %s; %s", size, larger)
	}
	return fmt.Sprintf("takes pictures of %s, %s; %s", size, values, larger)
}

package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"spatialmaker/processor"
	"spatialmaker/processor/models"
)

// ListedModel is a model in "models list --json". What nobody published is
// null, never guessed.
type ListedModel struct {
	Name        string         `json:"name"`
	Family      string         `json:"family"`
	Title       string         `json:"title"`
	GoodFor     string         `json:"good_for"`
	Backend     models.Backend `json:"backend"`
	Licence     string         `json:"licence"`
	Commercial  bool           `json:"commercial_use"`
	Bytes       *int64         `json:"bytes"` // of all files
	ApproxBytes int64          `json:"approx_bytes,omitempty"`
	SHA256      *string        `json:"sha256"` // of what lies at url
	FirstUse    bool           `json:"first_use,omitempty"`
	Installed   bool           `json:"installed"`
	Origin      string         `json:"origin,omitempty"`
	Default     bool           `json:"default,omitempty"`
	Path        *string        `json:"path"`
	URL         *string        `json:"url"` // null for the model that ships with the program
	Files       []models.File  `json:"files,omitempty"`
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func listed(m models.Model) ListedModel {
	l := ListedModel{
		Name: m.Name, Family: m.Family, Title: m.Title, GoodFor: m.Good, Backend: m.Backend,
		Licence: m.Licence.Name, Commercial: m.Licence.Commercial, FirstUse: m.FirstUse,
		Installed: m.Installed, Origin: string(m.Origin), Default: m.Default,
		SHA256: orNull(m.SHA256), Path: orNull(m.Path), URL: orNull(m.URL), Files: m.Files,
	}
	if m.BytesExact {
		l.Bytes = &m.Bytes
	} else {
		l.ApproxBytes = m.Bytes
	}
	if l.Licence == "" {
		l.Licence = "unknown"
	}
	return l
}

func (a *App) modelsList(_ context.Context, s *models.Store, c *modelCall) error {
	all, err := s.List()
	if err != nil {
		return err
	}
	if c.json {
		out := make([]ListedModel, len(all))
		for i, m := range all {
			out[i] = listed(m)
		}
		return a.object(out)
	}
	shown := all
	if !c.all {
		shown = s.Recommended(all)
	}
	return listText(a.Stdout, shown, len(all)-len(shown), s.DiskUse())
}

// listText writes the list for people: a line of facts for each model, and
// below it what the model is good for.
func listText(w io.Writer, shown []models.Model, left int, use models.Use) error {
	var facts strings.Builder
	t := tabwriter.NewWriter(&facts, 0, 0, 2, ' ', 0)
	for _, m := range shown {
		lic := m.Licence.Name
		if lic == "" {
			lic = "licence unknown"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", m.Name, m.Backend, m.Size(), lic, state(m))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSuffix(facts.String(), "\n"), "\n") {
		fmt.Fprintf(&b, "%s\n    %s\n", strings.TrimRight(line, " "), shown[i].Good)
	}
	b.WriteString("\n")
	if left > 0 {
		fmt.Fprintf(&b, "%d more variants with --all. ", left)
	}
	b.WriteString("Fetch one with: spatialmaker models download NAME\n")
	fmt.Fprintf(&b, "Downloaded models take %s", models.FormatBytes(use.Models))
	if use.Unfinished > 0 {
		fmt.Fprintf(&b, ", unfinished downloads %s", models.FormatBytes(use.Unfinished))
	}
	if use.Free >= 0 {
		fmt.Fprintf(&b, "; %s are free", models.FormatBytes(use.Free))
	}
	b.WriteString(".\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func state(m models.Model) string {
	switch {
	case m.Origin == models.Shipped:
		return "installed (comes with the program)"
	case m.Origin == models.Earlier:
		return "installed (by the earlier tool)"
	case m.Installed:
		return "installed"
	case m.FirstUse:
		return "no hash published"
	}
	return ""
}

// CheckedModel is a line of "models verify --json".
type CheckedModel struct {
	Name     string                 `json:"name"`
	Path     string                 `json:"path"`
	OK       bool                   `json:"ok"`
	Unproven bool                   `json:"unproven,omitempty"` // no hash is known to compare with
	Error    *processor.Explanation `json:"error,omitempty"`
}

func (a *App) modelsVerify(ctx context.Context, s *models.Store, c *modelCall) error {
	names := c.names
	if len(names) == 0 {
		names = []string{""}
	}
	out := []CheckedModel{}
	bad := false
	err := a.each(ctx, names, func(name string) error {
		checks, err := s.Verify(ctx, name)
		if err != nil {
			return err
		}
		for _, k := range checks {
			cm := CheckedModel{Name: k.Model.Name, Path: k.Model.Path, OK: k.Err == nil, Unproven: k.Unproven}
			if k.Err != nil {
				bad = true
				x := processor.Explain(k.Err)
				cm.Error = &x
			}
			out = append(out, cm)
			if !c.json {
				a.verified(cm, c.quiet)
			}
		}
		return nil
	})
	if c.json {
		if jerr := a.object(out); jerr != nil {
			return jerr
		}
	}
	if err == nil && bad {
		return errTold
	}
	return err
}

func (a *App) verified(c CheckedModel, quiet bool) {
	switch {
	case c.Error != nil:
		fmt.Fprintln(a.Stderr, failure(c.Name, *c.Error))
	case quiet:
	case c.Unproven:
		fmt.Fprintf(a.Stdout, "%s: looks whole, but no hash is known to compare with\n", c.Name)
	default:
		fmt.Fprintf(a.Stdout, "%s: good\n", c.Name)
	}
}

// Command manifest writes the files by which systems know the application,
// from FyneApp.toml and CHANGELOG.md:
//
//	manifest version           the version alone
//	manifest desktop           the desktop file (Linux)
//	manifest metainfo          the AppStream metadata (Linux)
//	manifest control ARCH SIZE DEPENDS   the Debian package's control file, SIZE in KiB
//	manifest plist             Info.plist (macOS)
//
// The folder it runs in must be the repository's top.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"
)

var errUsage = errors.New("usage: manifest version|desktop|metainfo|control ARCH SIZE DEPENDS|plist")

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "manifest:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, args []string) error {
	app, err := load("FyneApp.toml", "CHANGELOG.md")
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return errUsage
	}
	switch {
	case args[0] == "version":
		_, err = fmt.Fprintln(w, app.Details.Version)
	case args[0] == "desktop":
		err = app.desktop(w)
	case args[0] == "metainfo":
		err = app.metainfo(w)
	case args[0] == "control" && len(args) == 4:
		err = app.control(w, args[1], args[2], args[3])
	case args[0] == "plist":
		err = app.plist(w)
	default:
		err = errUsage
	}
	return err
}

// application is what FyneApp.toml says, in Fyne's own keys, and the releases.
type application struct {
	Details struct {
		Name, ID, Version string
		Build             int
	}
	LinuxAndBSD struct {
		GenericName, Comment string
		Categories, Keywords []string
	}
	CanOpen struct{ MimeTypes string }

	releases []release
}

// release is one version of CHANGELOG.md with its list of changes.
type release struct {
	version, date string
	changes       []string
}

func (a *application) mimeTypes() []string { return strings.Split(a.CanOpen.MimeTypes, ";") }

func load(appFile, changeFile string) (*application, error) {
	a := new(application)
	if _, err := toml.DecodeFile(appFile, a); err != nil {
		return nil, err
	}
	if a.Details.Name == "" || a.Details.ID == "" || a.Details.Version == "" || a.LinuxAndBSD.Comment == "" || a.CanOpen.MimeTypes == "" {
		return nil, fmt.Errorf("%s: name, id, version, comment and file types must be given", appFile)
	}
	f, err := os.Open(changeFile)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if a.releases, err = parseReleases(f); err != nil {
		return nil, fmt.Errorf("%s: %w", changeFile, err)
	}
	if len(a.releases) == 0 || a.releases[0].version != a.Details.Version {
		return nil, fmt.Errorf("%s: the newest entry must be version %s of %s", changeFile, a.Details.Version, appFile)
	}
	return a, nil
}

// heading is a release in CHANGELOG.md: ## 0.1.0 - 2026-11-23
var heading = regexp.MustCompile(`^## (\d+\.\d+\.\d+) - (\d{4}-\d\d-\d\d)$`)

func parseReleases(r io.Reader) ([]release, error) {
	var all []release
	in := bufio.NewScanner(r)
	for in.Scan() {
		line := in.Text()
		if m := heading.FindStringSubmatch(line); m != nil {
			all = append(all, release{version: m[1], date: m[2]})
			continue
		}
		if len(all) == 0 {
			continue
		}
		now := &all[len(all)-1]
		if item, ok := strings.CutPrefix(line, "- "); ok {
			now.changes = append(now.changes, item)
		} else if more, ok := strings.CutPrefix(line, "  "); ok && len(now.changes) > 0 {
			now.changes[len(now.changes)-1] += " " + more
		}
	}
	return all, in.Err()
}

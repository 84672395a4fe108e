package models

import (
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed catalogue.json licences
var embedded embed.FS

// Catalogue is every model the program knows by name. It is read-only.
type Catalogue struct {
	Hosts    []string           `json:"hosts"`   // a download may talk to these only; "*.x" stands for any name under x
	Mirrors  []Rewrite          `json:"mirrors"` // used for files with a published hash, after their own addresses
	Licences map[string]Licence `json:"licences"`
	Models   []Entry            `json:"models"`
}

// Rewrite gives a second address for every file whose address begins with Of.
type Rewrite struct {
	Of string `json:"of"`
	At string `json:"at"`
}

// Licence is the terms a model comes under.
type Licence struct {
	ID         string `json:"-"`
	Name       string `json:"name"`
	Commercial bool   `json:"commercial"` // commercial use is allowed
	Summary    string `json:"summary"`
	URL        string `json:"url"`
	Text       string `json:"-"` // in full
}

// Entry is one downloadable (or shipped) variant of a model.
type Entry struct {
	Name       string     `json:"name"`
	Family     string     `json:"family"` // what people call it; stands for the family's default variant
	Title      string     `json:"title"`
	Good       string     `json:"good"` // what it is good for, one sentence
	Backend    Backend    `json:"backend"`
	Precision  string     `json:"precision,omitempty"`
	Rank       int        `json:"rank"`              // larger estimates better depth
	Default    bool       `json:"default,omitempty"` // its family's choice for this backend
	Shipped    bool       `json:"shipped,omitempty"` // comes with the program, never downloaded
	LicenceID  string     `json:"licence"`
	Main       string     `json:"main"` // file or package to open, inside the model's folder
	Aliases    []string   `json:"aliases,omitempty"`
	Earlier    []string   `json:"earlier,omitempty"` // names in the earlier tool's folders
	Descriptor Descriptor `json:"descriptor"`
	Files      []File     `json:"files,omitempty"`    // what the model's folder holds; empty when only an archive is published
	Archives   []Archive  `json:"archives,omitempty"` // the same files in one download, tried after Files
}

// File is one file of a model. A size or hash that nobody published is zero,
// never guessed; ApproxBytes is then what is known of the size.
type File struct {
	Name        string   `json:"name"` // with slashes, inside the model's folder
	URL         string   `json:"url,omitempty"`
	Mirrors     []string `json:"mirrors,omitempty"`
	Bytes       int64    `json:"bytes,omitempty"`
	ApproxBytes int64    `json:"approx_bytes,omitempty"`
	SHA256      string   `json:"sha256,omitempty"`
}

// Archive is a zip or tar.gz that unpacks to a model's folder.
type Archive struct {
	URL            string `json:"url"`
	Format         string `json:"format"` // "zip" or "tar.gz"
	Bytes          int64  `json:"bytes,omitempty"`
	ApproxUnpacked int64  `json:"approx_unpacked,omitempty"` // bytes
	SHA256         string `json:"sha256,omitempty"`
}

// DefaultCatalogue returns the catalogue that comes with the program.
var DefaultCatalogue = sync.OnceValue(func() *Catalogue {
	b, err := embedded.ReadFile("catalogue.json")
	if err != nil {
		panic(err) // embedded at build time
	}
	c, err := ParseCatalogue(b)
	if err != nil {
		panic(err) // a test parses the same bytes
	}
	return c
})

// ParseCatalogue reads and checks a catalogue in the form of catalogue.json.
func ParseCatalogue(b []byte) (*Catalogue, error) {
	c := &Catalogue{}
	if err := json.Unmarshal(b, c); err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	for id, l := range c.Licences {
		text, err := embedded.ReadFile(path.Join("licences", id+".txt"))
		if err != nil {
			return nil, fmt.Errorf("catalogue: licence %s: %w", id, err)
		}
		l.ID, l.Text = id, string(text)
		c.Licences[id] = l
	}
	seen := map[string]bool{}
	for i := range c.Models {
		if err := c.check(&c.Models[i], seen); err != nil {
			return nil, fmt.Errorf("catalogue: %s: %w", c.Models[i].Name, err)
		}
	}
	return c, nil
}

func (c *Catalogue) check(e *Entry, seen map[string]bool) error {
	for _, n := range append([]string{e.Name}, e.Aliases...) {
		if n == "" || seen[n] {
			return fmt.Errorf("name %q is empty or used twice", n)
		}
		seen[n] = true
	}
	if _, ok := c.Licences[e.LicenceID]; !ok {
		return fmt.Errorf("unknown licence %q", e.LicenceID)
	}
	if e.Backend != ONNX && e.Backend != CoreML {
		return fmt.Errorf("unknown backend %q", e.Backend)
	}
	if len(e.Files)+len(e.Archives) == 0 || !safeName(e.Main) {
		return fmt.Errorf("no files")
	}
	return c.checkParts(e)
}

func (c *Catalogue) checkParts(e *Entry) error {
	for _, f := range e.Files {
		if !safeName(f.Name) {
			return fmt.Errorf("file name %q", f.Name)
		}
		if f.URL == "" && !e.Shipped {
			return fmt.Errorf("%s has no address", f.Name)
		}
		if err := c.checkSource(f.SHA256, append([]string{f.URL}, f.Mirrors...)); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	for _, a := range e.Archives {
		if a.Format != "zip" && a.Format != "tar.gz" {
			return fmt.Errorf("archive format %q", a.Format)
		}
		if err := c.checkSource(a.SHA256, []string{a.URL}); err != nil {
			return err
		}
	}
	return nil
}

func (c *Catalogue) checkSource(sum string, urls []string) error {
	if b, err := hex.DecodeString(sum); err != nil || (sum != "" && len(b) != 32) {
		return fmt.Errorf("sha256 %q", sum)
	}
	for _, s := range urls {
		if s == "" {
			continue
		}
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "https" || !hostAllowed(c.Hosts, u.Hostname()) {
			return fmt.Errorf("address %q is not https on one of the catalogue's hosts", s)
		}
	}
	return nil
}

// Find returns the entry of that name or alias; a family's name is not one
// (see Store.Resolve).
func (c *Catalogue) Find(name string) (*Entry, bool) {
	for i := range c.Models {
		if e := &c.Models[i]; e.Name == name || slices.Contains(e.Aliases, name) {
			return e, true
		}
	}
	return nil, false
}

// Licence returns the entry's licence.
func (c *Catalogue) Licence(e *Entry) Licence { return c.Licences[e.LicenceID] }

// Bytes is how much the entry occupies; exact is false when a part's size was
// never published, and the sum an estimate.
func (e *Entry) Bytes() (n int64, exact bool) {
	exact = true
	for _, f := range e.Files {
		n += max(f.Bytes, f.ApproxBytes)
		exact = exact && f.Bytes > 0
	}
	if len(e.Files) == 0 {
		a := e.Archives[0]
		return max(a.ApproxUnpacked, a.Bytes), false
	}
	return n, exact
}

// Verified reports whether a hash was published for everything the entry
// downloads. Otherwise the first download is recorded and later ones checked
// against it.
func (e *Entry) Verified() bool {
	for _, f := range e.Files {
		if f.SHA256 == "" {
			return false
		}
	}
	return len(e.Files) > 0 || e.Archives[0].SHA256 != ""
}

// largest is the model's largest part; for an entry with archives only, the
// first archive.
func (e *Entry) largest() File {
	if len(e.Files) == 0 {
		a := e.Archives[0]
		return File{URL: a.URL, Bytes: a.Bytes, SHA256: a.SHA256}
	}
	big := e.Files[0]
	for _, f := range e.Files[1:] {
		if max(f.Bytes, f.ApproxBytes) > max(big.Bytes, big.ApproxBytes) {
			big = f
		}
	}
	return big
}

// URL is where the model's largest part is fetched first; "" for a shipped one.
func (e *Entry) URL() string { return e.largest().URL }

// SHA256 is the published hash of what lies at URL, "" when there is none.
func (e *Entry) SHA256() string { return e.largest().SHA256 }

// hostAllowed reports whether host is one of the patterns ("x" or "*.x").
func hostAllowed(patterns []string, host string) bool {
	host = strings.ToLower(host)
	for _, p := range patterns {
		if tail, wild := strings.CutPrefix(p, "*"); host == p || (wild && strings.HasSuffix(host, tail)) {
			return true
		}
	}
	return false
}

// safeName reports whether a file name with slashes stays inside its folder on
// every system: relative, no empty, "." or ".." part, no backslash or colon.
func safeName(name string) bool {
	if name == "" || len(name) > 1024 || strings.ContainsAny(name, "\\:\x00") {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}

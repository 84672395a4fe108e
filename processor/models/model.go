package models

import "fmt"

// Origin says where an installed model lies.
type Origin string

// Origins. Only models of the Store's own folder are ever changed or removed.
const (
	InStore Origin = "store"   // downloaded or added here
	Shipped Origin = "shipped" // came with the program
	Earlier Origin = "earlier" // in the earlier tool's folder
	ByPath  Origin = "file"    // named by its path
)

// Model is a model as it stands on this machine.
type Model struct {
	Name       string
	Family     string
	Title      string
	Good       string // what it is good for, one sentence
	Backend    Backend
	Installed  bool
	Path       string // .onnx file, .mlpackage or .mlmodelc folder; "" when not installed
	Origin     Origin // "" when not installed
	Bytes      int64  // on disk when installed, else what a download brings
	BytesExact bool   // false: estimated, nobody published the size
	URL        string // of the largest part, where several make up the model; "" for a shipped one
	SHA256     string // of that part, "" when unknown
	FirstUse   bool   // a part's hash was not published: recorded at the first download, checked from then on
	Files      []File // the parts: those of the disk when installed, else of the catalogue
	Licence    Licence
	Rank       int
	Default    bool // its family's choice for this backend
	Descriptor Descriptor
}

// String gives the name, and the path of one named by path.
func (m Model) String() string {
	if m.Origin == ByPath {
		return m.Path
	}
	return m.Name
}

// Notice is a line to show wherever the model is picked, "" when its licence
// allows everything.
func (m Model) Notice() string {
	if m.Licence.Name == "" || m.Licence.Commercial {
		return ""
	}
	return fmt.Sprintf("%s: %s, not for commercial use", m.Name, m.Licence.Name)
}

func (c *Catalogue) model(e *Entry) Model {
	n, exact := e.Bytes()
	return Model{
		Name: e.Name, Family: e.Family, Title: e.Title, Good: e.Good, Backend: e.Backend,
		Bytes: n, BytesExact: exact, SHA256: e.SHA256(), Files: e.Files, FirstUse: !e.Verified(), URL: e.URL(),
		Licence: c.Licence(e), Rank: e.Rank, Default: e.Default, Descriptor: e.Descriptor,
	}
}

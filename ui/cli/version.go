package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// About is what version prints: the program and what it found on the machine.
type About struct {
	Version  string   `json:"version"`
	Platform string   `json:"platform"` // operating system and processor, as Go names them
	Go       string   `json:"go"`
	Runtime  Found    `json:"runtime"` // ONNX Runtime
	Backends []string `json:"backends"`
	FFmpeg   Found    `json:"ffmpeg"`
	Home     string   `json:"home"` // where models and settings are kept
}

// Found is a part that was looked for on the machine.
type Found struct {
	Version string `json:"version,omitempty"`
	Path    string `json:"path,omitempty"`
	Error   string `json:"error,omitempty"` // why it cannot be used
}

func (f Found) String() string {
	if f.Error != "" {
		return "not found: " + f.Error
	}
	return strings.TrimSpace(f.Version + "  " + f.Path)
}

func (a *App) version(_ context.Context, args []string) error {
	var asJSON bool
	fs := pflag.NewFlagSet("version", pflag.ContinueOnError)
	fs.BoolVar(&asJSON, "json", false, "one JSON object")
	if done, err := a.parse(fs, "version [--json]", args); done || err != nil {
		return err
	}
	about := a.About()
	if asJSON {
		return a.object(about)
	}
	backends := strings.Join(about.Backends, " ")
	if backends == "" {
		backends = "none"
	}
	_, err := fmt.Fprintf(a.Stdout, "Spatial Maker %s (%s, %s)\nONNX Runtime  %s\nbackends      %s\nffmpeg        %s\nhome          %s\n",
		about.Version, about.Platform, about.Go, about.Runtime, backends, about.FFmpeg, about.Home)
	return err
}

// object writes v as one indented JSON object.
func (a *App) object(v any) error {
	e := json.NewEncoder(a.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

//go:build !darwin

package desktop

import (
	"net/url"
	"path/filepath"
	"strings"
)

func openCommand(path string) []string { return []string{"xdg-open", path} }

// revealCommands asks the file manager over the session bus, which selects the
// file, and else has the folder opened.
func revealCommands(path string) [][]string {
	uri := (&url.URL{Scheme: "file", Path: path}).String()
	uri = strings.ReplaceAll(uri, "'", "%27") // it stands between such
	return [][]string{
		{
			"gdbus", "call", "--session", "--dest", "org.freedesktop.FileManager1",
			"--object-path", "/org/freedesktop/FileManager1",
			"--method", "org.freedesktop.FileManager1.ShowItems", "['" + uri + "']", "",
		},
		{"xdg-open", filepath.Dir(path)},
	}
}

//go:build !darwin

package desktop

import (
	"net/url"
	"os/exec"
	"path/filepath"
)

func openCommand(path string) []string { return []string{"xdg-open", path} }

// revealCommand asks the file manager over the session bus, which selects the
// file; without a bus the folder is opened.
func revealCommand(path string) []string {
	if bus, err := exec.LookPath("gdbus"); err == nil {
		uri := (&url.URL{Scheme: "file", Path: path}).String()
		return []string{
			bus, "call", "--session", "--dest", "org.freedesktop.FileManager1",
			"--object-path", "/org/freedesktop/FileManager1",
			"--method", "org.freedesktop.FileManager1.ShowItems", "['" + uri + "']", "",
		}
	}
	return []string{"xdg-open", filepath.Dir(path)}
}

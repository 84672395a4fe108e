//go:build !darwin

package desktop

import "os/exec"

// chimeCommand asks the desktop's sound theme for its sound of completion.
func chimeCommand() []string {
	if play, err := exec.LookPath("canberra-gtk-play"); err == nil {
		return []string{play, "-i", "complete"}
	}
	return nil
}

package desktop

import (
	"fmt"
	"os/exec"
	"strings"
)

// Open shows a file with the program the system has for it.
func Open(path string) error { return start(openCommand(path)) }

// Reveal shows a file in the file manager, selected where that is possible.
func Reveal(path string) error { return start(revealCommand(path)) }

// start runs a command that hands over to another program. It is waited for
// in the background, so that no dead process stays behind.
func start(args []string) error {
	cmd := exec.Command(args[0], args[1:]...)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run %s: %w", strings.Join(args, " "), err)
	}
	go func() { _ = cmd.Wait() }() // its exit status says nothing of use
	return nil
}

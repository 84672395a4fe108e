package desktop

import (
	"fmt"
	"os/exec"
	"strings"
)

// Open shows a file with the program the system has for it.
func Open(path string) error { return start(openCommand(path)) }

// Reveal shows a file in the file manager, selected where that is possible.
// It returns when the first way of doing so has begun; where that way fails,
// the next is tried in the background.
func Reveal(path string) error {
	ways := revealCommands(path)
	for i, args := range ways {
		cmd := exec.Command(args[0], args[1:]...)
		if cmd.Start() != nil {
			continue
		}
		go func() {
			if cmd.Wait() != nil && i+1 < len(ways) {
				_ = start(ways[i+1]) // the last way there is: nobody left to tell
			}
		}()
		return nil
	}
	return fmt.Errorf("show %s: %w", path, exec.ErrNotFound)
}

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

package desktop

import (
	"os/exec"
	"sync"
)

// Awake keeps the computer from falling asleep while it is held.
type Awake struct {
	mu  sync.Mutex
	cmd *exec.Cmd
}

// Hold keeps the computer awake, or with false lets it sleep again. Where the
// system offers no way to ask for that, nothing happens.
func (a *Awake) Hold(on bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case on && a.cmd == nil:
		args := awakeCommand()
		if len(args) == 0 {
			return
		}
		cmd := exec.Command(args[0], args[1:]...)
		if err := cmd.Start(); err != nil {
			return // a computer that falls asleep loses time, not work
		}
		a.cmd = cmd
	case !on && a.cmd != nil:
		cmd := a.cmd
		a.cmd = nil
		if err := cmd.Process.Kill(); err == nil {
			_ = cmd.Wait() // ended by the signal: nothing to learn
		}
	}
}

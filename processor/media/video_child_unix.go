//go:build unix

package media

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the child into a process group of its own and makes the
// context's end kill the whole group. A parent that is itself killed leaves no
// child behind either: a reader of our pipe meets its end, a writer EPIPE.
func ownGroup(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

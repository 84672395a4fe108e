//go:build !darwin

package desktop

import (
	"os"
	"os/exec"
	"strconv"
)

// awakeCommand holds systemd's inhibitor lock as long as this process lives:
// tail ends with it, and the lock with tail.
func awakeCommand() []string {
	inhibit, err := exec.LookPath("systemd-inhibit")
	if err != nil {
		return nil
	}
	tail, err := exec.LookPath("tail")
	if err != nil {
		return nil
	}
	return []string{
		inhibit, "--what=idle:sleep", "--who=Spatial Maker", "--why=Converting", "--mode=block",
		tail, "--pid=" + strconv.Itoa(os.Getpid()), "-f", "/dev/null",
	}
}

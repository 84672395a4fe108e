package desktop

import (
	"os"
	"strconv"
)

// awakeCommand ends by itself with this process (-w), should that be killed.
func awakeCommand() []string {
	return []string{"/usr/bin/caffeinate", "-i", "-w", strconv.Itoa(os.Getpid())}
}

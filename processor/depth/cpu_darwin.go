package depth

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// processorName tells processors apart whose optimised graphs differ.
func processorName() string {
	name, err := unix.Sysctl("machdep.cpu.brand_string")
	if err != nil {
		return runtime.GOARCH
	}
	return runtime.GOARCH + name
}

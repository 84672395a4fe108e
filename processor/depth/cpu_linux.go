package depth

import (
	"os"
	"runtime"
)

// processorName tells processors apart whose optimised graphs differ.
func processorName() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	return runtime.GOARCH + describeCPU(info)
}

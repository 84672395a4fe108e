package bench

import "golang.org/x/sys/unix"

// cpuName is the processor's name as the kernel tells it.
func cpuName() string {
	name, err := unix.Sysctl("machdep.cpu.brand_string")
	if err != nil {
		return "unknown"
	}
	return name
}

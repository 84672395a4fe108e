package models

import "golang.org/x/sys/unix"

// OSBuild is the system's build, such as "25B78"; what Core ML compiles is
// kept for one build only.
func OSBuild() string {
	build, err := unix.Sysctl("kern.osversion")
	if err != nil {
		return ""
	}
	return build
}

//go:build !linux && !darwin

package bench

// cpuName has no common source elsewhere.
func cpuName() string { return "unknown" }

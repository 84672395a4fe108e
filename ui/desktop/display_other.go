//go:build !linux

package desktop

// CheckDisplay finds nothing wrong: a Mac always has a display.
func CheckDisplay() error { return nil }

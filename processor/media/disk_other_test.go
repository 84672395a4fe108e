//go:build !linux

package media

import "testing"

// smallDisk is only known for Linux.
func smallDisk(*testing.T) string { return "" }

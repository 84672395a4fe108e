//go:build !linux && !darwin

package depth

import "runtime"

// processorName tells processors apart whose optimised graphs differ.
func processorName() string { return runtime.GOARCH }

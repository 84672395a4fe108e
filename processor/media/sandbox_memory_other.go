//go:build !unix

package media

import "github.com/tetratelabs/wazero/experimental"

// sandboxMemory takes a codec's memory from the heap.
func sandboxMemory(_, _ uint64) experimental.LinearMemory { return &heapMemory{} }

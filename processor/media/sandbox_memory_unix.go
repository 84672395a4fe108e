//go:build unix

package media

import (
	"github.com/tetratelabs/wazero/experimental"
	"golang.org/x/sys/unix"
)

// reservedMemory gives a codec its memory from the system rather than from
// Go's heap: it grows in place, without a copy at each step, and goes back the
// moment the codec ends.
type reservedMemory struct {
	all  []byte // the whole address range; only the first used bytes have memory
	used uint64
}

// sandboxMemory reserves address space for the most a codec may have.
func sandboxMemory(_, most uint64) experimental.LinearMemory {
	all, err := unix.Mmap(-1, 0, int(most), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return &heapMemory{}
	}
	return &reservedMemory{all: all}
}

// Reallocate makes the first size bytes usable; nil when the system has no more.
func (m *reservedMemory) Reallocate(size uint64) []byte {
	if size > uint64(len(m.all)) {
		return nil
	}
	if size > m.used {
		page := uint64(unix.Getpagesize())
		end := min((size+page-1)/page*page, uint64(len(m.all)))
		if err := unix.Mprotect(m.all[:end], unix.PROT_READ|unix.PROT_WRITE); err != nil {
			return nil
		}
		m.used = end
	}
	return m.all[:size:size]
}

// Free gives the memory back.
func (m *reservedMemory) Free() {
	if m.all != nil {
		_ = unix.Munmap(m.all) // only a wrong address could fail
		m.all = nil
	}
}

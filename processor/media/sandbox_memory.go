package media

// heapMemory is a codec's memory on Go's heap, for systems that give no
// address space to reserve.
type heapMemory struct{ b []byte }

// Reallocate grows the memory by copying it.
func (m *heapMemory) Reallocate(size uint64) []byte {
	if size > uint64(cap(m.b)) {
		b := make([]byte, size, size+size/4)
		copy(b, m.b)
		m.b = b
	}
	m.b = m.b[:size]
	return m.b
}

// Free lets the garbage collector have the memory.
func (m *heapMemory) Free() { m.b = nil }

package media

import (
	"os"

	"golang.org/x/sys/unix"
)

// pipeBytes holds a good part of a frame, which saves most of the switches
// between the two processes.
const pipeBytes = 1 << 20

// growPipe enlarges the pipe. Beyond the user's limit the call fails and the
// pipe keeps its 64 KiB.
func growPipe(f *os.File) {
	if rc, err := f.SyscallConn(); err == nil {
		_ = rc.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, pipeBytes) })
	}
}

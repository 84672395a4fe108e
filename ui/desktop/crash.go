package desktop

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"sync"
	"time"
)

// Logs is the folder in which the program writes what a user may be asked for.
type Logs struct {
	folder string
	mu     sync.Mutex
}

// OpenLogs prepares the folder. What makes the program crash from now on is
// written to a file in it; crashed is the file of the last crash, "" if the
// program ended well last time.
func OpenLogs(folder string) (logs *Logs, crashed string, err error) {
	l := &Logs{folder: folder}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return l, "", fmt.Errorf("prepare the folder for logs: %w", err)
	}
	crashed, err = l.keepCrash()
	if err != nil {
		return l, "", err
	}
	f, err := os.Create(l.running())
	if err != nil {
		return l, crashed, fmt.Errorf("prepare the crash log: %w", err)
	}
	// The runtime keeps a handle of its own.
	err = errors.Join(debug.SetCrashOutput(f, debug.CrashOptions{}), f.Close())
	return l, crashed, err
}

// logLimit is the size at which the log begins anew; one old one is kept.
const logLimit = 1 << 20

// Logf adds a line to the program's log. A line that cannot be written is
// lost: the log must never be what keeps the program from working.
func (l *Logs) Logf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	path := filepath.Join(l.folder, "spatialmaker.log")
	if st, err := os.Stat(path); err == nil && st.Size() > logLimit {
		if err := os.Rename(path, path+".old"); err != nil {
			return
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = fmt.Fprintf(f, "%s %s\n", time.Now().Format("2006-01-02 15:04:05.000"), fmt.Sprintf(format, args...))
}

// Folder is where the logs lie.
func (l *Logs) Folder() string { return l.folder }

// running is the file the runtime writes to when this process crashes; it
// stays empty else. Several windows may be open, so it carries the process ID.
func (l *Logs) running() string {
	return filepath.Join(l.folder, "running-"+strconv.Itoa(os.Getpid())+".txt")
}

// keepCrash gives the logs of crashes names of their own and returns the last.
func (l *Logs) keepCrash() (string, error) {
	files, err := filepath.Glob(filepath.Join(l.folder, "running-*.txt"))
	if err != nil {
		return "", fmt.Errorf("look for crash logs: %w", err)
	}
	last := ""
	for _, f := range files {
		st, err := os.Stat(f)
		if err != nil || st.Size() == 0 {
			continue // of a program that runs, or that was killed
		}
		last = filepath.Join(l.folder, "crash-"+st.ModTime().Format("2006-01-02-150405")+".txt")
		if err := os.Rename(f, last); err != nil {
			return "", fmt.Errorf("keep the crash log: %w", err)
		}
	}
	return last, nil
}

// Close ends the crash log of a program that has ended well.
func (l *Logs) Close() error {
	err := debug.SetCrashOutput(nil, debug.CrashOptions{})
	return errors.Join(err, os.Remove(l.running()))
}

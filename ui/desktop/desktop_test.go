package desktop

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// crashVariable makes the test binary crash with its logs in that folder.
const crashVariable = "SPATIALMAKER_TEST_CRASH"

func TestMain(m *testing.M) {
	if folder := os.Getenv(crashVariable); folder != "" {
		if _, _, err := OpenLogs(folder); err != nil {
			panic(err)
		}
		go func() { panic("the sky fell") }()
		select {}
	}
	os.Exit(m.Run())
}

func TestACrashLeavesALog(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "logs")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), crashVariable+"="+folder)
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Fatalf("it did not crash: %s", out)
	}
	l, crashed, err := OpenLogs(folder)
	if err != nil {
		t.Fatal(err)
	}
	told, err := os.ReadFile(crashed)
	if err != nil || !strings.Contains(string(told), "the sky fell") || !strings.Contains(string(told), "goroutine") {
		t.Errorf("%s says %q, %v", crashed, told, err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	l, crashed, err = OpenLogs(folder)
	if err != nil || crashed != "" {
		t.Errorf("a good end counts as the crash %q, %v", crashed, err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if kept, _ := filepath.Glob(filepath.Join(folder, "crash-*.txt")); len(kept) != 1 {
		t.Errorf("kept %v", kept)
	}
}

func TestLogsWithoutAFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l, _, err := OpenLogs(filepath.Join(file, "logs"))
	if err == nil {
		t.Error("no error for a folder below a file")
	}
	l.Logf("nobody hears this") // and nothing breaks
}

func TestLogBeginsAnewWhenItIsLong(t *testing.T) {
	folder := t.TempDir()
	l, _, err := OpenLogs(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	l.Logf("first %d", 1)
	path := filepath.Join(folder, "spatialmaker.log")
	if b, err := os.ReadFile(path); err != nil || !strings.HasSuffix(string(b), " first 1\n") {
		t.Errorf("log %q, %v", b, err)
	}
	l.Logf("%s", strings.Repeat("x", logLimit))
	l.Logf("last")
	b, err := os.ReadFile(path)
	if err != nil || strings.Count(string(b), "\n") != 1 {
		t.Errorf("%d lines, %v", strings.Count(string(b), "\n"), err)
	}
	if st, err := os.Stat(path + ".old"); err != nil || st.Size() < logLimit {
		t.Errorf("the old log is gone: %v", err)
	}
}

func TestCommandsNameTheFile(t *testing.T) {
	const path = "/tmp/it's a 100% test.jpg"
	for _, args := range append(revealCommands(path), openCommand(path)) {
		line := strings.Join(args, " ")
		if !strings.Contains(line, "/tmp") || len(args) < 2 {
			t.Errorf("%q", args)
		}
		if strings.HasPrefix(args[0], "gdbus") && strings.Count(line, "'") != 2 {
			t.Errorf("the name ends its own quotes: %q", args)
		}
	}
	if err := start([]string{"/no/such/program"}); err == nil || !strings.Contains(err.Error(), "/no/such/program") {
		t.Errorf("starting nothing: %v", err)
	}
}

func TestAwakeHoldsAndLetsGo(t *testing.T) {
	var a Awake
	a.Hold(true)
	held := a.cmd
	a.Hold(true)
	if a.cmd != held {
		t.Error("held twice by two programs")
	}
	if runtime.GOOS == "darwin" && held == nil {
		t.Error("caffeinate did not start")
	}
	a.Hold(false)
	a.Hold(false)
	if a.cmd != nil {
		t.Error("still held")
	}
}

package desktop

import (
	"errors"
	"net"
	"strings"
	"testing"
)

func TestCheckDisplay(t *testing.T) {
	for _, name := range []string{"", "nonsense", ":x", ":-1", ":54321", "unix:54321.0"} {
		t.Setenv("DISPLAY", name)
		err := CheckDisplay()
		var d *DisplayError
		if !errors.Is(err, ErrNoDisplay) || !errors.As(err, &d) || !strings.Contains(d.Hint(), "convert") {
			t.Errorf("DISPLAY=%q: %v", name, err)
		}
	}
	l, err := net.Listen("unix", "@/tmp/.X11-unix/X54321")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	t.Setenv("DISPLAY", ":54321.0")
	if err := CheckDisplay(); err != nil {
		t.Error(err)
	}
}

func TestXServer(t *testing.T) {
	for display, want := range map[string]string{"host:10.0": "tcp host:6010", "::1:0": "tcp [::1]:6000", ":7": "unix @/tmp/.X11-unix/X7"} {
		network, address, err := xServer(display)
		got := network + " " + address
		if err != nil || got != want && got != strings.Replace(want, "@", "", 1) {
			t.Errorf("%s: %s, %v", display, got, err)
		}
	}
}

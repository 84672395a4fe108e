package desktop

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// CheckDisplay looks whether an X server answers, before a library is asked
// for a window: that would end the program without saying why.
func CheckDisplay() error {
	name := os.Getenv("DISPLAY")
	if name == "" {
		return NewDisplayError(errors.New("DISPLAY is not set"))
	}
	network, address, err := xServer(name)
	if err == nil {
		var c net.Conn
		if c, err = net.DialTimeout(network, address, 3*time.Second); err == nil {
			return c.Close()
		}
	}
	return NewDisplayError(fmt.Errorf("DISPLAY is %s: %w", name, err))
}

// xServer is where the server of a DISPLAY such as ":0", ":0.1" or
// "host:10.0" listens (X(7), section DISPLAY NAMES).
func xServer(display string) (network, address string, err error) {
	at := strings.LastIndex(display, ":")
	if at < 0 {
		return "", "", errors.New("no number after a colon")
	}
	host := display[:at]
	number, _, _ := strings.Cut(display[at+1:], ".")
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n > 59535 {
		return "", "", fmt.Errorf("%q is no display number", number)
	}
	if host != "" && host != "unix" && !strings.HasPrefix(host, "/") {
		return "tcp", net.JoinHostPort(host, strconv.Itoa(6000+n)), nil
	}
	path := "/tmp/.X11-unix/X" + number
	if _, err := os.Stat(path); err != nil {
		path = "@" + path // the socket without a file
	}
	return "unix", path, nil
}

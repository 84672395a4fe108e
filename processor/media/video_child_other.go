//go:build !unix

package media

import "os/exec"

// ownGroup leaves the default: the context's end kills the child.
func ownGroup(*exec.Cmd) {}

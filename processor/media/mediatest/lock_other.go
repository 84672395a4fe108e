//go:build !unix

package mediatest

// lock does nothing where test processes are run one after the other.
func lock(string) (unlock func(), err error) { return func() {}, nil }

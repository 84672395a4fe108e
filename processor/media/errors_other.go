//go:build !unix

package media

import "errors"

// errQuota matches nothing where the system has no such error.
var errQuota = errors.New("disk quota exceeded")

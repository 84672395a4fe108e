//go:build unix

package media

import "syscall"

// errQuota is what a write gets when the user's share of the disk is used up.
var errQuota error = syscall.EDQUOT

// Package cli is the command line: flags to options, progress and results as
// text or JSON lines, and exit statuses. It knows nothing of the window.
package cli

// Package widget holds the program's own theme and widgets: what Fyne does not
// have, or has with another look.
//
// Widgets know nothing of files, models or the engine. They show the values
// they are given and report what the user does through OnXxx callbacks, which
// run on Fyne's own goroutine. Every method must be called there too.
package widget

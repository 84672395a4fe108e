// Package view builds the window from widgets, shows the view models' state
// and forwards what the user does as their intents. It decides nothing.
//
// Everything here runs on Fyne's goroutine. View models tell of changes from
// theirs; a follower posts one update at a time and drops what comes before
// that has run.
package view

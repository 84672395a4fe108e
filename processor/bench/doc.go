// Package bench times depth, stereo and whole jobs on this machine, beside the
// limits they are judged by. Everything of one report is taken in one run, as
// medians, so that its ratios hold whatever else the machine does.
package bench

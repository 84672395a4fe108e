// Package media reads and writes files: photos of every common kind, video
// streams through ffmpeg child processes, and what both know about themselves
// (rotation, colour, metadata).
package media

package media

import "errors"

// What a video can be refused for, or end with, beside the errors of photos.
var (
	ErrNoVideo      = errors.New("there is no video in this file")
	ErrNoEncoder    = errors.New("this ffmpeg has no encoder for it")
	ErrFrameCount   = errors.New("frames are missing in the written video")
	ErrFrameTime    = errors.New("a frame of the written video is at the wrong time")
	ErrChangedInput = errors.New("the input changed or vanished while it was read")
	ErrAlready3D    = errors.New("the video is 3D already")
)

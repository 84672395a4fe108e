package media

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"spatialmaker/processor/pix"
)

// Loop is a short film of a few pictures shown in turn.
type Loop struct {
	Pics     []*pix.Picture
	Order    []int // of Pics, for one turn
	Turns    int
	Encoding VideoEncoding // Rate is that of the pictures
	Mode     Overwrite
}

// WriteLoop writes a loop as an MP4 file. dir is a folder on the disk of path
// that is made for it and removed afterwards.
func WriteLoop(ctx context.Context, path, dir string, l Loop) (err error) {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("begin %s: %w", path, err)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("make work folder: %w", classifyWrite(err))
	}
	defer os.RemoveAll(dir)
	segment := filepath.Join(dir, "loop"+SegmentExt)
	w, err := StartSegment(ctx, segment, l.Encoding)
	if err != nil {
		return err
	}
	defer w.Abort()
	var times []int64
	for range l.Turns {
		for _, at := range l.Order {
			if err := w.Write(l.Pics[at]); err != nil {
				return err
			}
			times = append(times, int64(len(times)))
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	source := VideoInfo{Video: VideoStream{TimeBase: Ratio{l.Encoding.Rate.Den, l.Encoding.Rate.Num}, FrameRate: l.Encoding.Rate}}
	if s := l.Encoding.Source; s != nil {
		source.Video.HDR = s.HDR
	}
	_, err = JoinVideo(ctx, path, JoinOptions{
		Segments: []string{segment}, Times: times, Source: &source, Bare: true,
		Container: MP4, Codec: l.Encoding.Codec, Mode: l.Mode,
	})
	return err
}

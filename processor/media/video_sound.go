package media

import (
	"context"
	"fmt"
	"os"
	"strings"
)

// CopiesWhole reports whether every sound and text track of v comes over to a
// container of kind c as it is, from a file that readers of QuickTime's family
// of containers open.
func CopiesWhole(v *VideoInfo, c Container) bool {
	if !strings.Contains(v.Container, "mov") {
		return false
	}
	for _, s := range append(v.Audio[:len(v.Audio):len(v.Audio)], v.Subtitles...) {
		if !c.copies(s.Codec) {
			return false
		}
	}
	return true
}

// WriteSound writes the sound, the text and the tags of v, without its
// pictures, to path as a .mov on the source's own clock; nothing where there is
// neither sound nor text. notes say what could not be kept as it was.
func WriteSound(ctx context.Context, v *VideoInfo, path string) (notes []string, err error) {
	ff, err := FindFFmpeg(ctx)
	if err != nil {
		return nil, err
	}
	plan := planMux(v, MOV)
	if len(plan.maps) == 0 {
		return plan.notes, nil
	}
	for i, m := range plan.maps {
		plan.maps[i] = strings.Replace(m, "1:", "0:", 1) // the source is the only input
	}
	args := []string{"-nostdin", "-hide_banner", "-nostats", "-v", "level+warning", "-y"}
	if discontinuous(v.Container) {
		// ffmpeg mends jumps of such a clock and lets it begin at zero; the
		// beginning is put back.
		args = append(args, "-itsoffset", secondsArg(plan.earliest()))
	} else {
		args = append(args, "-copyts")
	}
	args = append(args, "-i", inputArg(v.Path))
	args = append(args, plan.maps...)
	args = append(args, plan.codecs...)
	args = append(args, "-map_metadata", "0", "-movflags", "+use_metadata_tags", "-f", "mov", inputArg(path))
	c, err := startChild(ctx, ff.Path, args, nil, nil)
	if err != nil {
		return nil, err
	}
	go c.wait()
	<-c.done
	if err := ctx.Err(); err != nil {
		os.Remove(path)
		return nil, err
	}
	if c.err != nil {
		os.Remove(path)
		return nil, fmt.Errorf("take the sound out of %s: %w", v.Path, childError(c.err, c.tail))
	}
	return plan.notes, nil
}

package media

import (
	"slices"
	"strconv"
	"strings"
)

// Presets lists the words that a codec ("h264") or one of ffmpeg's encoders
// ("libx264") takes as a preset; for a codec those of its first encoder in
// software, which is the one a preset chooses. Of "" it gives every codec's.
// None: it has no presets.
func Presets(codec string) []string {
	if codec == "" {
		var all []string
		for _, c := range []Codec{H264, AV1, ProRes} { // HEVC's are H.264's
			all = append(all, Presets(string(c))...)
		}
		return all
	}
	c, encoder, ok := ParseCodec(codec)
	if !ok {
		return nil
	}
	if encoder == "" {
		encoder = encodersOf[c].software[0]
	}
	switch {
	case encoder == "libx264" || encoder == "libx265":
		return strings.Fields("ultrafast superfast veryfast faster fast medium slow slower veryslow placebo")
	case encoder == "libsvtav1":
		return counted(13)
	case encoder == "libaom-av1":
		return counted(8)
	case encoder == "librav1e":
		return counted(10)
	case encoder == "prores_ks":
		return strings.Fields("proxy lt standard hq 4444 4444xq")
	case encoder == "prores_aw":
		return counted(5)
	case strings.HasSuffix(encoder, "_nvenc"):
		return strings.Fields("p1 p2 p3 p4 p5 p6 p7 default slow medium fast hp hq bd ll llhq llhp lossless losslesshp")
	case strings.HasSuffix(encoder, "_qsv"):
		return strings.Fields("veryfast faster fast medium slow slower veryslow")
	}
	return nil
}

func counted(last int) []string {
	words := make([]string, last+1)
	for i := range words {
		words[i] = strconv.Itoa(i)
	}
	return words
}

// TakesPreset reports whether the chosen encoder knows the preset; one that has
// none is not told.
func (e *VideoEncoding) TakesPreset() bool {
	words := Presets(e.Encoder)
	return e.Preset == "" || len(words) == 0 || slices.Contains(words, e.Preset)
}

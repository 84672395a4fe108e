package viewmodel

import (
	"strconv"
	"strings"

	"spatialmaker/processor"
)

// Command is the call of the command line that does with files what the
// controls say now. Only what differs from the defaults is named.
func Command(o processor.Options, files []string) string {
	def := processor.DefaultOptions()
	args := []string{"spatialmaker", "convert"}
	word := func(flag, value, usual string) {
		if value != usual {
			args = append(args, "--"+flag, quote(value))
		}
	}
	number := func(flag string, value, usual int64) {
		word(flag, strconv.FormatInt(value, 10), strconv.FormatInt(usual, 10))
	}
	on := func(flag string, value bool) {
		if value {
			args = append(args, "--"+flag)
		}
	}
	join := func(o processor.Options) string {
		words := make([]string, len(o.Formats))
		for i, f := range o.Formats {
			words[i] = string(f)
		}
		return strings.Join(words, ",")
	}
	word("output", o.Output, "")
	word("format", join(o), join(def))
	word("model", o.Model, "")
	word("backend", string(o.Backend), string(def.Backend))
	word("depth-map", o.DepthMap, "")
	word("depth-from", string(o.DepthFrom), string(def.DepthFrom))
	number("depth-size", int64(o.DepthSize), 0)
	word("detail", string(o.Detail), string(def.Detail))
	word("steady", processor.FormatSteady(o.Steady), processor.FormatSteady(def.Steady))
	word("refine", string(o.Refine), string(def.Refine))
	word("widen", decimal(o.Widen), "0")
	word("fill", o.Fill, def.Fill)
	word("strength", decimal(o.Strength), decimal(def.Strength))
	word("convergence", o.Convergence.String(), def.Convergence.String())
	word("front", decimal(o.Front), "0")
	word("behind", decimal(o.Behind), "0")
	word("limit", o.Limit.String(), def.Limit.String())
	on("ease-edges", o.EaseEdges)
	word("eyes", o.Eyes, def.Eyes)
	word("anaglyph", o.Anaglyph, def.Anaglyph)
	word("depth-format", o.DepthFormat, def.DepthFormat)
	number("quality", int64(o.Quality), 0)
	word("codec", o.Codec, "")
	number("crf", int64(o.CRF), 0)
	word("preset", o.Preset, "")
	word("start", decimal(o.Start.Seconds()), "0")
	word("duration", decimal(o.Duration.Seconds()), "0")
	number("max-pixels", o.MaxPixels, def.MaxPixels)
	on("overwrite", o.Overwrite)
	on("skip-existing", o.SkipExisting)
	on("recursive", o.Recursive)
	on("no-resume", o.NoResume)
	on("even-3d", o.Even3D)
	for _, f := range files {
		if strings.HasPrefix(f, "-") {
			f = "./" + f
		}
		args = append(args, quote(f))
	}
	return strings.Join(args, " ")
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// quote writes a word so that a POSIX shell reads it back as it is.
func quote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./,:=+@%", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

package viewmodel

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A remark of the engine is a format with values put in. Other languages have
// their own text for each format, with {1}, {2} ... for the values in their order,
// in words/notes.<code>.json, and in words/errors.<code>.json for the parts of
// errors.

// remark is a format that is known again in a finished remark.
type remark struct {
	shape *regexp.Regexp
	text  string
}

var formatVerb = regexp.MustCompile(`%[-+#0 ]?[0-9]*(?:\.[0-9]+)?[a-zA-Z]`)

// newRemark makes a format into what it looks like when its values are in.
func newRemark(format, text string) remark {
	var b strings.Builder
	b.WriteString(`(?s)^`)
	at := 0
	for _, v := range formatVerb.FindAllStringIndex(format, -1) {
		b.WriteString(regexp.QuoteMeta(format[at:v[0]]))
		switch format[v[1]-1] {
		case 'd':
			b.WriteString(`(-?\d+)`)
		case 'f':
			b.WriteString(`(-?\d+\.\d+)`)
		default:
			b.WriteString(`(.*?)`)
		}
		at = v[1]
	}
	b.WriteString(regexp.QuoteMeta(format[at:]))
	b.WriteString(`$`)
	return remark{shape: regexp.MustCompile(b.String()), text: text}
}

// remarks are those of a language, made when they are first needed.
type remarks struct {
	once  sync.Once
	texts map[string]string // by format
	known []remark
}

// Remark puts a remark of the engine into the language. One without a text
// stays as it is.
func (w *Words) Remark(s string) string { return w.remarks.translate(s) }

// Cause puts the text of an error into the language, part by part: they have
// colons between them, and what a library says in brackets. Parts without a text
// stay as they are.
func (w *Words) Cause(s string) string {
	parts := strings.Split(s, ": ")
	for i, p := range parts {
		said, inside, _ := strings.Cut(p, " (")
		parts[i] = w.causes.translate(p)
		if parts[i] == p && inside != "" {
			parts[i] = w.causes.translate(said) + " (" + inside
		}
	}
	return strings.Join(parts, ": ")
}

// translate returns the text for the most telling format that s comes from.
func (k *remarks) translate(s string) string {
	k.once.Do(func() {
		formats := slices.Collect(maps.Keys(k.texts))
		slices.SortFunc(formats, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
		for _, f := range formats {
			k.known = append(k.known, newRemark(f, k.texts[f]))
		}
	})
	for _, r := range k.known {
		if found := r.shape.FindStringSubmatch(s); found != nil {
			text := r.text
			for i, v := range found[1:] {
				text = strings.ReplaceAll(text, "{"+strconv.Itoa(i+1)+"}", v)
			}
			return text
		}
	}
	return s
}

// Remarks does so for several.
func (w *Words) Remarks(all []string) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = w.Remark(s)
	}
	return out
}

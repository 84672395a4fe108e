package viewmodel

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

//go:embed words/*.json
var wordFiles embed.FS

// Languages are the codes the program has words for, English first.
func Languages() []string { return []string{"en", "de"} }

// Words is every text of the window in one language. Texts stand in
// words/<code>.json under their keys, with {name} where something is put in.
// A Words never changes; another language is another Words.
type Words struct {
	code  string
	texts map[string]string
	basic map[string]string // English, for what a translation lacks

	remarks *remarks
	causes  *remarks // what stands in errors
}

// NewWords returns the texts of a language; one that is not there is English.
func NewWords(code string) (*Words, error) {
	basic, err := readWords("en")
	if err != nil {
		return nil, err
	}
	if code == "en" || !slices.Contains(Languages(), code) {
		return &Words{code: "en", texts: basic, basic: basic, remarks: &remarks{}, causes: &remarks{}}, nil
	}
	texts, err := readWords(code)
	if err != nil {
		return nil, err
	}
	// What the catalogue says of models is English; other languages have it here.
	about, err := readWords("models." + code)
	if err != nil {
		return nil, err
	}
	maps.Copy(texts, about)
	said, err := readWords("notes." + code)
	if err != nil {
		return nil, err
	}
	wrong, err := readWords("errors." + code)
	if err != nil {
		return nil, err
	}
	return &Words{code: code, texts: texts, basic: basic, remarks: &remarks{texts: said}, causes: &remarks{texts: wrong}}, nil
}

func readWords(code string) (map[string]string, error) {
	raw, err := wordFiles.ReadFile("words/" + code + ".json")
	if err != nil {
		return nil, fmt.Errorf("texts of language %s: %w", code, err)
	}
	var texts map[string]string
	if err := json.Unmarshal(raw, &texts); err != nil {
		return nil, fmt.Errorf("texts of language %s: %w", code, err)
	}
	return texts, nil
}

// LanguageFor picks the language for a locale such as "de_AT.UTF-8".
func LanguageFor(locale string) string {
	code, _, _ := strings.Cut(strings.ToLower(locale), "_")
	code, _, _ = strings.Cut(code, "-")
	code, _, _ = strings.Cut(code, ".")
	if slices.Contains(Languages(), code) {
		return code
	}
	return "en"
}

// Code is the language's code.
func (w *Words) Code() string { return w.code }

// T is the text under key, with the values put in for their names: pairs of
// name and value. A key without a text is returned as it is, so that a test
// and the eye find it.
func (w *Words) T(key string, pairs ...any) string {
	s, ok := w.texts[key]
	if !ok {
		if s, ok = w.basic[key]; !ok {
			return key
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		s = strings.ReplaceAll(s, "{"+fmt.Sprint(pairs[i])+"}", w.value(pairs[i+1]))
	}
	return s
}

// N is T for a count: key.one for 1, else key.other, with {n} put in. Both
// languages have just these two forms.
func (w *Words) N(key string, n int, pairs ...any) string {
	form := ".other"
	if n == 1 {
		form = ".one"
	}
	return w.T(key+form, append([]any{"n", n}, pairs...)...)
}

// Has says whether there is a text under key.
func (w *Words) Has(key string) bool {
	_, ok := w.basic[key]
	return ok
}

// value writes a value the way the language does.
func (w *Words) value(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return w.Count(int64(v))
	case int64:
		return w.Count(v)
	case float64:
		return w.Number(v, 1)
	}
	return fmt.Sprint(v)
}

// Number writes v with the given digits after the decimal point.
func (w *Words) Number(v float64, digits int) string {
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if w.code == "de" {
		s = strings.ReplaceAll(s, ".", ",")
	}
	return s
}

// Count writes a whole number with its thousands marked.
func (w *Words) Count(n int64) string {
	sep := ","
	if w.code == "de" {
		sep = "."
	}
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + sep + s[i:]
	}
	return sign + s
}

// plain writes a number that is no count, such as a side in pixels.
func (w *Words) plain(n int) string { return strconv.Itoa(n) }

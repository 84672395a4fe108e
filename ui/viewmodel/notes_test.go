package viewmodel

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Where remarks arise: what is called with one, and what returns some.
var (
	remarkCalls = []string{"note", "noteOnce", "say"}
	remarkFuncs = []string{"notes", "aboutInside", "formatFor", "skippedNote"}
)

// engineRemarks are the formats of all remarks in the engine's source, with
// where they stand. Notes of probe and verify are for the command line.
func engineRemarks(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, dir := range []string{"../../processor", "../../processor/media"} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", dir, err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(filepath.Base(path), "probe") {
				continue
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			put := func(e ast.Expr) {
				if f := formatOf(e); strings.Contains(f, " ") {
					found[f] = set.Position(e.Pos()).String()
				}
			}
			for _, decl := range file.Decls {
				f, ok := decl.(*ast.FuncDecl)
				if !ok || f.Body == nil {
					continue
				}
				whole := slices.Contains(remarkFuncs, f.Name.Name)
				ast.Inspect(f.Body, func(n ast.Node) bool { return seekRemarks(n, whole, put) })
			}
		}
	}
	return found
}

// seekRemarks calls put with what may be a remark in n; whole says that every
// text around is one.
func seekRemarks(n ast.Node, whole bool, put func(ast.Expr)) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		if name := nameOf(n.Fun); slices.Contains(remarkCalls, name) && len(n.Args) > 0 {
			put(n.Args[0])
			return false
		} else if name == "append" && strings.EqualFold(nameOf(n.Args[0]), "notes") {
			put(n.Args[1])
		}
	case *ast.AssignStmt:
		if c, ok := n.Rhs[0].(*ast.CompositeLit); ok && strings.EqualFold(nameOf(n.Lhs[0]), "notes") {
			for _, e := range c.Elts {
				put(e)
			}
		}
	case *ast.BasicLit:
		if whole {
			put(n)
		}
	}
	return true
}

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// formatOf is the format that an expression makes a text from, "" for one that
// only hands a text on.
func formatOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(e.Value)
		return s
	case *ast.CallExpr:
		if nameOf(e.Fun) == "Sprintf" {
			return formatOf(e.Args[0])
		}
	case *ast.BinaryExpr:
		a, b := formatOf(e.X), formatOf(e.Y)
		if a+b == "" {
			return ""
		}
		if a == "" {
			a = "%s"
		}
		if b == "" {
			b = "%s"
		}
		return a + b
	}
	return ""
}

// checkGaps wants each value of a format once in its text.
func checkGaps(t *testing.T, code string, texts map[string]string) {
	t.Helper()
	for format, text := range texts {
		for i := range formatVerb.FindAllString(format, -1) {
			if gap := "{" + strconv.Itoa(i+1) + "}"; strings.Count(text, gap) != 1 {
				t.Errorf("%s of %q has %d times %s", code, format, strings.Count(text, gap), gap)
			}
		}
	}
}

// A remark that the engine learns to make must be translated.
func TestEveryRemarkHasATranslation(t *testing.T) {
	formats := engineRemarks(t)
	if len(formats) < 25 {
		t.Fatalf("only %d remarks were found in the engine", len(formats))
	}
	for _, code := range Languages()[1:] {
		texts, err := readWords("notes." + code)
		if err != nil {
			t.Fatal(err)
		}
		for format, at := range formats {
			if texts[format] == "" {
				t.Errorf("%s lacks the remark of %s: %q", code, at, format)
			}
		}
		checkGaps(t, code, texts)
		for format := range texts {
			if formats[format] == "" {
				t.Errorf("%s has the remark %q, which the engine does not make", code, format)
			}
		}
	}
}

func TestRemarks(t *testing.T) {
	de, err := NewWords("de")
	if err != nil {
		t.Fatal(err)
	}
	for said, want := range map[string]string{
		"subtitles 2 (hdmv_pgs_subtitle) are left out: mp4 holds no pictures of text": "Untertitel 2 (hdmv_pgs_subtitle) entfallen: mp4 kann keine Schrift als Bild enthalten",
		"the depth is the file's own: portrait, 768x576":                              "Die Tiefe stammt aus der Datei selbst: portrait, 768×576",
		"the disk of /a (b) is full: waiting for room":                                "Der Datenträger von /a (b) ist voll: Es wird auf Platz gewartet",
		"what nobody has translated":                                                  "what nobody has translated",
		"":                                                                            "",
	} {
		if got := de.Remark(said); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
		if got := english(t).Remark(said); got != said {
			t.Errorf("English %q: %q", said, got)
		}
	}
}

// explained are the texts of the errors that the engine explains.
func explained(t *testing.T) map[string]string {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "../../processor/explain.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && v.Names[0].Name == "hints" {
			for _, line := range v.Values[0].(*ast.CompositeLit).Elts {
				wanted[nameOf(line.(*ast.CompositeLit).Elts[0])] = true
			}
		}
		return true
	})
	found := map[string]string{}
	for _, dir := range []string{"../../processor", "../../processor/media", "../../processor/depth", "../../processor/models", "../../processor/pack"} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			file, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				v, ok := n.(*ast.ValueSpec)
				if !ok || !wanted[v.Names[0].Name] || len(v.Values) == 0 {
					return true
				}
				if c, ok := v.Values[0].(*ast.CallExpr); ok && nameOf(c.Fun) == "New" {
					found[formatOf(c.Args[0])] = v.Names[0].Name
				}
				return true
			})
		}
	}
	return found
}

// An error that the engine learns to explain must be translated.
func TestEveryExplainedErrorHasATranslation(t *testing.T) {
	errs := explained(t)
	if len(errs) < 45 {
		t.Fatalf("only %d errors were found in the engine", len(errs))
	}
	for _, code := range Languages()[1:] {
		texts, err := readWords("errors." + code)
		if err != nil {
			t.Fatal(err)
		}
		for text, name := range errs {
			if texts[text] == "" {
				t.Errorf("%s lacks the error %s: %q", code, name, text)
			}
		}
		checkGaps(t, code, texts)
	}
}

func TestCauses(t *testing.T) {
	de, err := NewWords("de")
	if err != nil {
		t.Fatal(err)
	}
	for said, want := range map[string]string{
		"decode /a/b.jpg: the file is damaged: invalid JPEG format: bad Huffman code": "/a/b.jpg lesen: die Datei ist beschädigt: invalid JPEG format: bad Huffman code",
		"read video /a (1).mp4: ffmpeg was not found":                                 "Video /a (1).mp4 lesen: ffmpeg wurde nicht gefunden",
		"stat /a: no such file or directory":                                          "nach /a sehen: Datei oder Ordner nicht vorhanden",
		"write /a: the disk is full (12 MB)":                                          "/a schreiben: der Datenträger ist voll (12 MB)",
		"decode x: the picture is too large: the header says 70000x70000 pixels":      "x lesen: das Bild ist zu groß: laut Kopf 70000×70000 Pixel",
		"something new": "something new",
		"":              "",
	} {
		if got := de.Cause(said); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
		if got := english(t).Cause(said); got != said {
			t.Errorf("English %q: %q", said, got)
		}
	}
}

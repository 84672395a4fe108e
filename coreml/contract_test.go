package coreml

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// swiftType is how a type of bridge.h is spelt in a Swift entry point.
func swiftType(c string) (string, error) {
	c = strings.Join(strings.Fields(strings.ReplaceAll(c, "*", " * ")), " ")
	base := map[string]string{"int32_t": "Int32", "int64_t": "Int64", "float": "Float", "char": "CChar"}
	pointee := func(name string) string {
		if s, ok := base[name]; ok {
			return s
		}
		return name // a struct of the header
	}
	words := strings.Fields(c)
	switch {
	case c == "void":
		return "Void", nil
	case c == "void *":
		return "UnsafeMutableRawPointer?", nil
	case c == "const void *":
		return "UnsafeRawPointer?", nil
	case c == "void * *":
		return "UnsafeMutablePointer<UnsafeMutableRawPointer?>?", nil
	case len(words) == 1 && base[words[0]] != "":
		return base[words[0]], nil
	case len(words) == 3 && words[0] == "const" && words[2] == "*":
		return "UnsafePointer<" + pointee(words[1]) + ">?", nil
	case len(words) == 2 && words[1] == "*":
		return "UnsafeMutablePointer<" + pointee(words[0]) + ">?", nil
	}
	return "", fmt.Errorf("no Swift spelling for %q", c)
}

var (
	cComment  = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cFunction = regexp.MustCompile(`(?m)^(int32_t |void \*|void )(sm_\w+)\(([^)]*)\);`)
	cDefine   = regexp.MustCompile(`(?m)^#define (SM_\w+) (\d+)`)
	cParam    = regexp.MustCompile(`^(.*?[ *])(\w+)$`)
	swiftFunc = regexp.MustCompile(`(?s)@_cdecl\("(\w+)"\)\n(\w* ?)func (\w+)\(([^)]*)\)( -> ([^{]+))? \{`)
)

// header reads the entry points of bridge.h: name to Swift's spelling of
// parameters and result.
func header(t *testing.T) (functions map[string][]string, defines map[string]int) {
	t.Helper()
	raw, err := os.ReadFile("bridge.h")
	if err != nil {
		t.Fatal(err)
	}
	text := cComment.ReplaceAllString(string(raw), "")
	functions, defines = map[string][]string{}, map[string]int{}
	for _, m := range cFunction.FindAllStringSubmatch(text, -1) {
		var types []string
		for p := range strings.SplitSeq(m[3], ",") {
			p = strings.TrimSpace(p)
			if p == "void" {
				continue
			}
			parts := cParam.FindStringSubmatch(p)
			if parts == nil {
				t.Fatalf("%s: parameter %q", m[2], p)
			}
			s, err := swiftType(parts[1])
			if err != nil {
				t.Fatalf("%s: %v", m[2], err)
			}
			types = append(types, s)
		}
		result, err := swiftType(strings.TrimSpace(m[1]))
		if err != nil {
			t.Fatalf("%s: %v", m[2], err)
		}
		functions[m[2]] = append(types, result)
	}
	if n := strings.Count(text, "sm_") - strings.Count(text, "sm_image") - strings.Count(text, "sm_floats") -
		strings.Count(text, "sm_camera") - strings.Count(text, "sm_chapter") - strings.Count(text, "_options"); n != len(functions) {
		t.Fatalf("%d entry points were read, %d are there", len(functions), n)
	}
	for _, m := range cDefine.FindAllStringSubmatch(text, -1) {
		defines[m[1]], _ = strconv.Atoi(m[2])
	}
	return functions, defines
}

// TestSwiftKeepsTheContract holds names, parameters and results of the Swift
// entry points against the header, one by one, both ways.
func TestSwiftKeepsTheContract(t *testing.T) {
	want, _ := header(t)
	files, err := filepath.Glob("bridge/*.swift")
	if err != nil || len(files) == 0 {
		t.Fatalf("Swift files: %v, %v", files, err)
	}
	seen, names := map[string]string{}, map[string]string{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := swiftFunc.FindAllStringSubmatch(string(raw), -1)
		if n := strings.Count(string(raw), "@_cdecl"); n != len(found) {
			t.Errorf("%s: %d of %d entry points could be read", file, len(found), n)
		}
		for _, m := range found {
			entry, access, name, params, result := m[1], strings.TrimSpace(m[2]), m[3], m[4], strings.TrimSpace(m[6])
			if seen[entry] != "" || names[name] != "" {
				t.Errorf("%s: %s or %s is there twice", file, entry, name)
			}
			seen[entry], names[name] = file, entry
			if access != "public" {
				t.Errorf("%s: %s must be public, or optimisation drops it", file, entry)
			}
			if got := swiftSignature(t, params, result); !slices.Equal(got, want[entry]) {
				t.Errorf("%s: %s is\n%q, the header says\n%q", file, entry, got, want[entry])
			}
		}
	}
	for entry := range want {
		if seen[entry] == "" {
			t.Errorf("no Swift for %s", entry)
		}
	}
}

func swiftSignature(t *testing.T, params, result string) []string {
	t.Helper()
	var types []string
	for p := range strings.SplitSeq(params, ",") {
		p = strings.TrimSpace(p)
		if p == "" {
			continue
		}
		label, kind, ok := strings.Cut(p, ":")
		if !ok || !strings.HasPrefix(label, "_ ") {
			t.Errorf("parameter %q", p)
		}
		types = append(types, strings.TrimSpace(kind))
	}
	if result == "" {
		result = "Void"
	}
	return append(types, result)
}

// TestGoKeepsTheContract compares the numbers on the Go side, and that every
// entry point is called from there.
func TestGoKeepsTheContract(t *testing.T) {
	functions, defines := header(t)
	want := map[string]int{
		"SM_CONTRACT": contract,
		"SM_OK":       resultOK, "SM_FAILED": resultFailed, "SM_UNSUPPORTED": resultUnsupported,
		"SM_CANCELLED": resultCancelled, "SM_ARGUMENT": resultArgument, "SM_FULL": resultFull,
		"SM_UNITS_CPU": int(CPU), "SM_UNITS_GPU": int(GPU), "SM_UNITS_NEURAL_ENGINE": int(NeuralEngine),
		"SM_BGRA8": int(BGRA8), "SM_RGB_F32": int(RGBF32), "SM_RGBX8": int(RGBX8), "SM_RGBX16": int(RGBX16),
		"SM_YUV420_8": int(yuv420x8), "SM_YUV420_10": int(yuv420x10),
	}
	if len(defines) != len(want) {
		t.Errorf("the header has %d numbers, Go %d", len(defines), len(want))
	}
	for name, v := range want {
		if got, ok := defines[name]; !ok || got != v {
			t.Errorf("%s is %d in the header, %d in Go", name, got, v)
		}
	}
	raw, err := os.ReadFile("native_cgo.go")
	if err != nil {
		t.Fatal(err)
	}
	for name := range functions {
		if !strings.Contains(string(raw), "C."+name+"(") {
			t.Errorf("Go does not call %s", name)
		}
	}
}

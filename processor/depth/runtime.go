package depth

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// RuntimeVariable names the environment variable that points at an ONNX Runtime
// library, or at the folder that holds one; it is then the only place looked at.
const RuntimeVariable = "SPATIALMAKER_RUNTIME"

// The binding asks the library for API 24, which 1.24 was the first to have.
const minRuntimeMajor, minRuntimeMinor = 1, 24

// RuntimeOptions says where to begin the search for ONNX Runtime. The zero
// value is what the program uses; tests fill it in.
type RuntimeOptions struct {
	Path   string   // file or folder, as given by the user; only this is looked at
	Exe    string   // the running binary; found when empty
	Dir    string   // the working directory; found when empty
	System []string // the system's folders; the usual ones when nil
}

// RuntimeError is the one error of a search that found nothing usable. It is
// ErrNoRuntime or ErrOldRuntime for errors.Is.
type RuntimeError struct {
	Names  []string // file names looked for
	Looked []string // folders (or the given file) looked at, in order
	Faults []string // "path: why it cannot be used" for every library that was found
	kind   error
}

// Unwrap makes errors.Is see ErrNoRuntime or ErrOldRuntime.
func (e *RuntimeError) Unwrap() error { return e.kind }

// Hint says what the user can do about it.
func (e *RuntimeError) Hint() string {
	return "run \"make run\" in the source folder, which brings it, or reinstall Spatial Maker, or point " +
		RuntimeVariable + " at the library"
}

// Error tells in one line what was looked for, and where; Hint is the way out.
func (e *RuntimeError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v (%d.%d or newer is needed): ", e.kind, minRuntimeMajor, minRuntimeMinor)
	if len(e.Faults) > 0 {
		fmt.Fprintf(&b, "%s; ", strings.Join(e.Faults, "; "))
	}
	fmt.Fprintf(&b, "looked for %s in %s", strings.Join(e.Names, ", "), strings.Join(e.Looked, ", "))
	return b.String()
}

// FindRuntime returns the absolute path of an ONNX Runtime library that can be
// used. It looks at RuntimeVariable, beside the binary, in the app bundle's
// Frameworks, in build/runtime of the source folder, and in the system's usual
// places, in this order, and passes over libraries that are too old or made for
// another processor. Nothing is loaded; it takes a few milliseconds.
func FindRuntime(o RuntimeOptions) (string, error) {
	names := runtimeNames(runtime.GOOS)
	fail := &RuntimeError{Names: names, kind: ErrNoRuntime}
	places := []string{o.Path}
	if o.Path == "" {
		places[0] = os.Getenv(RuntimeVariable)
	}
	if places[0] == "" {
		places = o.places()
	}
	for _, place := range places {
		if abs, err := filepath.Abs(place); err == nil {
			place = abs
		}
		if slices.Contains(fail.Looked, place) {
			continue
		}
		fail.Looked = append(fail.Looked, place)
		for _, path := range libraries(place, names) {
			if tryRuntime(path, fail) {
				return path, nil
			}
		}
	}
	return "", fail
}

// libraries lists the files at place, a folder or a file, that may be the
// library, the likeliest name and the highest version first.
func libraries(place string, names []string) []string {
	if st, err := os.Stat(place); err == nil && !st.IsDir() {
		return []string{place}
	}
	var all []string
	for _, name := range names {
		found, err := filepath.Glob(filepath.Join(globQuote(place), name))
		if err != nil {
			continue // only a malformed pattern, which globQuote prevents
		}
		slices.Sort(found)
		slices.Reverse(found)
		all = append(all, found...)
	}
	return all
}

// tryRuntime reports whether path can be used, and notes in fail why not.
func tryRuntime(path string, fail *RuntimeError) bool {
	version, err := RuntimeVersion(path)
	if err != nil {
		fault := fmt.Sprintf("%s: %v", path, errors.Unwrap(err))
		if !slices.Contains(fail.Faults, fault) {
			fail.Faults = append(fail.Faults, fault)
		}
		return false
	}
	if tooOld(version) {
		fail.kind = ErrOldRuntime
		fail.Faults = append(fail.Faults, fmt.Sprintf("%s is version %s", path, version))
		return false
	}
	return true
}

// tooOld reports whether a version lacks the API this program asks for. A
// version that cannot be read is given the benefit of the doubt: loading decides.
func tooOld(version string) bool {
	var major, minor int
	if n, err := fmt.Sscanf(version, "%d.%d", &major, &minor); n < 2 || err != nil {
		return false
	}
	return major < minRuntimeMajor || major == minRuntimeMajor && minor < minRuntimeMinor
}

// places lists the folders to look at when the user named none.
func (o RuntimeOptions) places() []string {
	var dirs []string
	exe := o.Exe
	if exe == "" {
		exe, _ = os.Executable()
	}
	if exe != "" {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		bin := filepath.Dir(exe)
		up := filepath.Dir(bin)
		dirs = append(dirs, bin, filepath.Join(up, "Frameworks"), filepath.Join(bin, "runtime"),
			filepath.Join(up, "lib", "spatialmaker"), filepath.Join(bin, "build", "runtime"), filepath.Join(up, "build", "runtime"))
	}
	dir := o.Dir
	if dir == "" {
		dir, _ = os.Getwd()
	}
	if root := repository(dir); root != "" {
		dirs = append(dirs, filepath.Join(root, "build", "runtime"))
	}
	if o.System != nil {
		return append(dirs, o.System...)
	}
	return append(dirs, systemFolders(runtime.GOOS)...)
}

// repository returns the nearest folder at or above dir that holds a go.mod,
// so that tests and `go run` find what the Makefile unpacked.
func repository(dir string) string {
	for dir != "" {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			break
		}
		dir = up
	}
	return ""
}

// runtimeNames lists the names of the library on a system, the likeliest first.
func runtimeNames(goos string) []string {
	switch goos {
	case "darwin":
		return []string{"libonnxruntime.dylib", "libonnxruntime.*.dylib"}
	case "windows":
		return []string{"onnxruntime.dll"}
	}
	return []string{"libonnxruntime.so.1", "libonnxruntime.so", "libonnxruntime.so.1.*"}
}

// systemFolders lists where package managers put libraries.
func systemFolders(goos string) []string {
	switch goos {
	case "darwin":
		return []string{"/opt/homebrew/lib", "/opt/homebrew/opt/onnxruntime/lib", "/usr/local/lib", "/usr/local/opt/onnxruntime/lib", "/opt/local/lib"}
	case "windows":
		return nil
	}
	multi := map[string]string{"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu", "riscv64": "riscv64-linux-gnu"}[runtime.GOARCH]
	dirs := []string{"/usr/local/lib", "/usr/lib", "/usr/lib64", "/opt/onnxruntime/lib"}
	if multi != "" {
		dirs = slices.Insert(dirs, 1, "/usr/local/lib/"+multi, "/usr/lib/"+multi)
	}
	return dirs
}

// globQuote keeps the special characters of a folder's name from being read as
// a pattern.
func globQuote(dir string) string {
	if runtime.GOOS == "windows" {
		return dir
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
}

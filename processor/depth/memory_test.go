package depth

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"testing"

	ort "github.com/yalue/onnxruntime_go"

	"spatialmaker/processor/media/mediatest"
	"spatialmaker/processor/pix"
)

// memoryOf names, in a process that TestMemoryBesideBareRuntime starts, what it
// shall run.
const memoryOf = "SPATIALMAKER_TEST_MEMORY_OF"

// An estimator takes no more than 1.1 times the memory of the bare runtime that
// runs the same network on an input of the same size. Both are measured as the
// most that a process of their own ever had resident.
func TestMemoryBesideBareRuntime(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("/proc tells the most a process had")
	}
	path := mediatest.Model(t, "small_dyn.onnx")
	switch os.Getenv(memoryOf) {
	case "bare":
		bareRuns(t, path)
		return
	case "estimator":
		e := open(t, Config{ModelPath: path, Threads: 2, CacheDir: os.Getenv("SPATIALMAKER_TEST_CACHE")})
		p := noise(pix.Layout{W: 1036, H: 1036, Model: pix.YUV, ShiftX: 1, ShiftY: 1}, 1)
		for range 2 {
			m, err := e.Estimate(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			m.Release()
		}
		fmt.Println("peak", peakKB(t))
		return
	}
	cache := t.TempDir()
	bare := peakOf(t, "bare", "")
	for _, start := range []string{"first", "second"} { // the second loads the graph that the first has kept
		ours := peakOf(t, "estimator", cache)
		t.Logf("%s start: %d MB, the bare runtime %d MB", start, ours>>10, bare>>10)
		if float64(ours) > 1.1*float64(bare) {
			t.Errorf("%s start: %d KB, more than 1.1 times the bare runtime's %d", start, ours, bare)
		}
	}
}

// bareRuns runs the model as the runtime does by itself.
func bareRuns(t *testing.T, path string) {
	if _, err := useRuntime(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	o, err := ort.NewSessionOptions()
	if err != nil {
		t.Fatal(err)
	}
	if err := o.SetIntraOpNumThreads(2); err != nil {
		t.Fatal(err)
	}
	s, err := ort.NewDynamicAdvancedSession(path, []string{"pixel_values"}, []string{"predicted_depth"}, o)
	if err != nil {
		t.Fatal(err)
	}
	in, out := benchTensors(t, 518, 518)
	for range 2 {
		if err := s.Run([]ort.Value{in}, []ort.Value{out}); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Println("peak", peakKB(t))
	if s.Destroy() != nil || o.Destroy() != nil {
		t.Error("not freed")
	}
}

// peakOf is the peak memory in KB of a process that runs only that.
func peakOf(t *testing.T, what, cache string) int {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), filepath.Clean(self), "-test.run", "^TestMemoryBesideBareRuntime$")
	c.Env = append(os.Environ(), memoryOf+"="+what, "SPATIALMAKER_TEST_CACHE="+cache)
	text, err := c.CombinedOutput()
	found := regexp.MustCompile(`peak (\d+)`).FindSubmatch(text)
	if err != nil || found == nil {
		t.Fatalf("%s: %v\n%s", what, err, text)
	}
	kb, _ := strconv.Atoi(string(found[1]))
	return kb
}

// peakKB is the most memory this process ever had resident.
func peakKB(t *testing.T) int {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(text)
	if found == nil {
		t.Fatalf("no peak in %s", text)
	}
	kb, _ := strconv.Atoi(string(found[1]))
	return kb
}

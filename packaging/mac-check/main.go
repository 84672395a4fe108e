//go:build unix

// Command mac-check runs on a Mac what this project claims of Core ML and
// could not run where it was written, and prints what it found: for each model
// how long compiling and loading take, what the model says of itself, what it
// runs on, how fast, whether the devices agree, and whether memory grows.
//
// It is run by packaging/mac/check.sh. Its arguments are .mlpackage folders or
// folders to look for them in.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"spatialmaker/coreml"
)

func main() {
	predictions := flag.Int("predictions", 2000, "how many to make when looking for growing memory")
	flag.Parse()
	r := &report{out: os.Stdout}
	r.system()
	found := packages(flag.Args())
	if len(found) == 0 {
		r.fail("models", fmt.Errorf("no .mlpackage in %q: run spatialmaker models download depth-anything-v2-small", flag.Args()))
	}
	for _, path := range found {
		r.model(context.Background(), path, *predictions)
	}
	fmt.Printf("%d claims held, %d did not\n", r.held, r.failed)
	if r.failed > 0 {
		os.Exit(1)
	}
}

// packages lists the Core ML packages among the arguments and below them.
func packages(args []string) []string {
	var found []string
	for _, root := range args {
		_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() || filepath.Ext(path) != ".mlpackage" {
				return nil //nolint:nilerr // what cannot be read holds no model
			}
			found = append(found, path)
			return fs.SkipDir
		})
	}
	return found
}

// report prints what was found and counts.
type report struct {
	out          *os.File
	held, failed int
}

func (r *report) ok(claim, format string, args ...any) {
	r.held++
	fmt.Fprintf(r.out, "ok      %-22s %s\n", claim, fmt.Sprintf(format, args...))
}

func (r *report) fail(claim string, err error) {
	r.failed++
	fmt.Fprintf(r.out, "FAILED  %-22s %v\n", claim, err)
}

// must counts a claim that is a condition.
func (r *report) must(holds bool, claim, format string, args ...any) {
	if holds {
		r.ok(claim, format, args...)
		return
	}
	r.fail(claim, fmt.Errorf(format, args...))
}

func (r *report) system() {
	s, err := coreml.Describe()
	if err != nil {
		r.fail("system", err)
		return
	}
	r.ok("system", "%+v", s)
	r.must(s.Has(coreml.NeuralEngine), "neural engine", "devices %q", s.Devices)
	r.must(s.SpatialVideo, "spatial video", "MV-HEVC encoder: %v", s.SpatialVideo)
}

// model checks one package.
func (r *report) model(ctx context.Context, path string, predictions int) {
	fmt.Fprintf(r.out, "\n%s\n", path)
	work, err := os.MkdirTemp("", "mac-check-")
	if err != nil {
		r.fail("scratch folder", err)
		return
	}
	defer os.RemoveAll(work)
	o := coreml.Options{Path: path, Cache: filepath.Join(work, "model.mlmodelc")}

	begun := time.Now()
	m, err := coreml.Open(ctx, o)
	if err != nil {
		r.fail("compile and load", err)
		return
	}
	r.ok("compile and load", "%.2f s on %v, notes %q", time.Since(begun).Seconds(), m.Units(), m.Notes())
	about, err := json.Marshal(m.Description())
	r.must(err == nil, "description", "%s", about)
	if plan, err := m.Plan(); err != nil {
		r.fail("plan", err)
	} else {
		r.ok("plan", "operations by device: %v", plan)
	}
	s, err := newSubject(m.Description())
	if err != nil {
		r.fail("kinds", err)
		_ = m.Close()
		return
	}
	r.memory(ctx, m, s, predictions)
	_ = m.Close()

	begun = time.Now()
	if m, err = coreml.Open(ctx, o); err != nil {
		r.fail("load again", err)
		return
	}
	r.ok("load again", "%.2f s, compiled before", time.Since(begun).Seconds())
	_ = m.Close()
	r.devices(ctx, o, s)
}

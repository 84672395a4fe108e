package depth

import (
	"context"
	"fmt"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// The binding keeps the loaded library and its environment in globals, so they
// are shared by every estimator of the process. They are set up by the first
// Open and stay until the process ends: unloading the library under the threads
// of a session that is still closing would crash, and it holds no memory worth
// having back. A later Open that names another library gets the first one.
var environment struct {
	sync.Mutex
	path    string // the loaded library, empty before the first
	version string
}

// useRuntime makes sure that the library is loaded and returns its version.
func useRuntime(ctx context.Context, path string) (version string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	environment.Lock()
	defer environment.Unlock()
	if environment.path != "" {
		return environment.version, nil
	}
	if path, err = FindRuntime(RuntimeOptions{Path: path}); err != nil {
		return "", err
	}
	ort.SetSharedLibraryPath(path)
	// Without this the library prints to stderr what it returns as an error too.
	if err := ort.InitializeEnvironment(ort.WithLogLevelFatal()); err != nil {
		v, _ := RuntimeVersion(path)
		kind := ErrNoRuntime
		if tooOld(v) || v == "" {
			kind = ErrOldRuntime // the binding cannot tell; a readable version would have been refused before
		}
		return "", &RuntimeError{
			Names: runtimeNames(""), Looked: []string{path}, kind: kind,
			Faults: []string{fmt.Sprintf("%s cannot be loaded: %v", path, err)},
		}
	}
	environment.path, environment.version = path, ort.GetVersion()
	return environment.version, nil
}

//go:build !cgo || !((darwin && coreml) || coremlstub)

package apple

import (
	"context"
	"errors"
	"testing"

	"spatialmaker/processor/depth"
)

func TestUnsupported(t *testing.T) {
	if Available() {
		t.Error("Core ML is available without the bridge")
	}
	if _, err := Open(context.Background(), Config{ModelPath: "x.mlpackage"}); !errors.Is(err, depth.ErrUnsupported) {
		t.Errorf("error %v, want ErrUnsupported", err)
	}
	cfg := Config{ModelPath: "x.mlpackage", Compiled: func(context.Context, bool) (string, error) {
		t.Error("compiled without the bridge")
		return "", nil
	}}
	if _, err := Open(context.Background(), cfg); !errors.Is(err, depth.ErrUnsupported) {
		t.Errorf("error %v, want ErrUnsupported", err)
	}
}

//go:build !cgo || !((darwin && coreml) || coremlstub)

package coreml

import (
	"context"
	"errors"
	"testing"
)

// TestUnsupported: a build without the bridge says so at every door.
func TestUnsupported(t *testing.T) {
	calls := map[string]func() error{
		"Linked":   Linked,
		"Describe": func() error { _, err := Describe(); return err },
		"Open":     func() error { _, err := Open(context.Background(), Options{Path: "x.mlpackage"}); return err },
		"Compile":  func() error { return Compile(context.Background(), "x.mlpackage", "x.mlmodelc") },
		"video":    func() error { _, err := NewSpatialVideoWriter(SpatialVideoOptions{Path: "x.mov"}); return err },
		"photo": func() error {
			return WriteSpatialPhoto(SpatialPhotoOptions{Path: "x.heic"}, &Image{}, &Image{})
		},
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: error %v, want ErrUnsupported", name, err)
		}
	}
}

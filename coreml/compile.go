package coreml

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unsafe"
)

// Compile compiles the package at source and puts the result at destination,
// a folder with the extension .mlmodelc. It appears there whole or not at all:
// the work is done beside it, in a folder whose name ends in .incoming, and
// moved. When another process got there first, its result stays.
func Compile(ctx context.Context, source, destination string) error {
	if err := Linked(); err != nil {
		return err
	}
	source, err := filepath.Abs(source)
	if err != nil {
		return fmt.Errorf("compile %s: %w", source, err)
	}
	parent := filepath.Dir(destination)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return fmt.Errorf("compile %s: %w", source, err)
	}
	work, err := os.MkdirTemp(parent, "."+filepath.Base(destination)+"-*.incoming")
	if err != nil {
		return fmt.Errorf("compile %s: %w", source, err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	made, err := filepath.Abs(filepath.Join(work, "model.mlmodelc"))
	if err != nil {
		return fmt.Errorf("compile %s: %w", source, err)
	}
	err = withToken(ctx, func(token unsafe.Pointer) error { return nativeCompile(source, made, token) })
	if err != nil {
		return fmt.Errorf("compile %s: %w", source, err)
	}
	if err := os.Rename(made, destination); err != nil && !isFolder(destination) {
		return fmt.Errorf("compile %s: %w", source, err)
	}
	return nil
}

// compiled returns the folder of the compiled model for o and whether it was
// made just now.
func compiled(ctx context.Context, o Options) (path string, fresh bool, err error) {
	if _, err := os.Stat(o.Path); err != nil {
		return "", false, fmt.Errorf("open model: %w", err)
	}
	if isCompiled(o.Path) {
		return o.Path, false, nil
	}
	if !isCompiled(o.Cache) {
		return "", false, fmt.Errorf("open %s: cache %q is not named .mlmodelc: %w", o.Path, o.Cache, ErrArgument)
	}
	if isFolder(o.Cache) {
		return o.Cache, false, nil
	}
	return o.Cache, true, Compile(ctx, o.Path, o.Cache)
}

// recompile replaces a compiled model that does not load.
func recompile(ctx context.Context, o Options) error {
	if err := os.RemoveAll(o.Cache); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("compile %s again: %w", o.Path, err)
	}
	return Compile(ctx, o.Path, o.Cache)
}

func isCompiled(path string) bool {
	return strings.EqualFold(filepath.Ext(filepath.Clean(path)), ".mlmodelc")
}

func isFolder(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}

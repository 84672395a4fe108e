//go:build !cgo || !((darwin && coreml) || coremlstub)

package coreml

import "unsafe"

// Without the bridge Linked refuses before any of these is reached; they keep
// the rest of the package, and everything above it, the same in every build.

func nativeContract() int                { return 0 }
func nativeSystem() (string, error)      { return "", ErrUnsupported }
func nativeTokenNew() unsafe.Pointer     { return nil }
func nativeTokenCancel(_ unsafe.Pointer) {}
func nativeTokenFree(_ unsafe.Pointer)   {}

func nativeCompile(_, _ string, _ unsafe.Pointer) error { return ErrUnsupported }

func nativeLoad(_ string, _ Units, _ int) (unsafe.Pointer, error) { return nil, ErrUnsupported }

func nativeDescribe(_ unsafe.Pointer) (string, error) { return "", ErrUnsupported }

func nativePredict(_, _ unsafe.Pointer, _, _ string, _ []Image, _ []Answer) (int, error) {
	return 0, ErrUnsupported
}

func nativePlan(_ string, _ Units) (string, error) { return "", ErrUnsupported }
func nativeFree(_ unsafe.Pointer)                  {}

func nativeVideoOpen(_ *SpatialVideoOptions) (unsafe.Pointer, error) { return nil, ErrUnsupported }

func nativeVideoAppend(_, _ unsafe.Pointer, _, _ *Image, _ int64) error { return ErrUnsupported }

func nativeVideoFinish(_, _ unsafe.Pointer, _ int64) (string, error) { return "", ErrUnsupported }

func nativeVideoFree(_ unsafe.Pointer) {}

func nativePhoto(_ *SpatialPhotoOptions, _, _ *Image) error { return ErrUnsupported }

func nativeListen() error                         { return ErrUnsupported }
func nativeWait(_ unsafe.Pointer) (string, error) { return "", ErrUnsupported }

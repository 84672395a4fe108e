//go:build darwin && cgo && coreml && !coremlstub

package coreml

// The library is made of bridge/*.swift by the Makefile. It sets CGO_LDFLAGS
// to the Swift library folders of the Xcode in use, which cgo cannot ask for;
// -rpath is for Swift's run time, part of the system.

// #cgo LDFLAGS: -L${SRCDIR}/bridge -lspatialbridge -L/usr/lib/swift -Wl,-rpath,/usr/lib/swift
// #cgo LDFLAGS: -framework Foundation -framework CoreML -framework CoreVideo -framework CoreGraphics
// #cgo LDFLAGS: -framework Accelerate -framework AVFoundation -framework CoreMedia
// #cgo LDFLAGS: -framework VideoToolbox -framework ImageIO
import "C"

// Package coreml runs Core ML models on macOS through a Swift bridge; on other
// systems every call returns ErrUnsupported. It imports the standard library only.
package coreml

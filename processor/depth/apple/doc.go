// Package apple estimates depth with Core ML: it adapts package coreml to
// depth.Estimator, asking every model what it takes and gives instead of
// assuming it. Off the Mac, and in builds without the bridge, Open returns
// depth.ErrUnsupported.
//
// An Estimator may be used from several goroutines: pictures are prepared and
// answers finished side by side, predictions run as many at once as Config
// says, one unless told otherwise.
package apple

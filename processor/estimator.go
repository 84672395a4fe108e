package processor

import (
	"context"

	"spatialmaker/processor/depth"
	"spatialmaker/processor/models"
)

// OpenEstimator opens a model with the library its backend names. It is the
// Opener of the program; tests bring their own.
func OpenEstimator(ctx context.Context, m models.Model, shortSide int) (depth.Estimator, error) {
	return depth.Open(ctx, depth.Config{
		ModelPath:  m.Path,
		Name:       m.Name,
		Descriptor: descriptor(m.Descriptor),
		ShortSide:  shortSide,
	})
}

// descriptor translates the catalogue's description of a model; the packages
// spell its words alike and do not import each other.
func descriptor(d models.Descriptor) depth.Descriptor {
	return depth.Descriptor{
		Input: depth.InputKind(d.Input), Output: depth.OutputKind(d.Output),
		InputName: d.InputName, OutputName: d.OutputName,
		FixedW: d.FixedW, FixedH: d.FixedH, Multiple: d.Multiple, ShortSide: d.ShortSide,
		Normalise: d.Normalise, Polarity: depth.Polarity(d.Polarity), PerFrame: d.PerFrame,
	}
}

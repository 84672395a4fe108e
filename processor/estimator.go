package processor

import (
	"context"
	"path/filepath"

	"spatialmaker/coreml"
	"spatialmaker/processor/depth"
	"spatialmaker/processor/depth/apple"
	"spatialmaker/processor/models"
)

// NewOpener returns the program's Opener: Core ML packages are opened with the
// Mac's own library, their compiled form kept in the store, all else with ONNX
// Runtime. Tests bring their own.
func NewOpener(store *models.Store) Opener {
	return func(ctx context.Context, m models.Model, u NetworkUse) (depth.Estimator, error) {
		if m.Backend == models.CoreML {
			return openCoreML(ctx, store, m, u)
		}
		// Beside the store: what is in there can be made again at any time.
		return OpenEstimator(ctx, m, u, filepath.Join(filepath.Dir(store.Path()), "graphs"))
	}
}

// openCoreML opens a Core ML package at the size it was made for.
func openCoreML(ctx context.Context, store *models.Store, m models.Model, u NetworkUse) (depth.Estimator, error) {
	return apple.Open(ctx, apple.Config{
		ModelPath:  m.Path,
		Name:       m.Name,
		Descriptor: descriptor(m.Descriptor),
		Detail:     u.Detail,
		Compiled: func(ctx context.Context, again bool) (string, error) {
			if again {
				if err := store.DropCompiled(ctx, m); err != nil {
					return "", err
				}
			}
			return store.Compiled(ctx, m, models.OSBuild(), coreml.Compile)
		},
	})
}

// OpenEstimator opens an ONNX model. graphs is a folder for what ONNX Runtime
// made of it for this machine, which loads faster the next time; "" keeps none.
func OpenEstimator(ctx context.Context, m models.Model, u NetworkUse, graphs string) (depth.Estimator, error) {
	return depth.Open(ctx, depth.Config{
		CacheDir:   graphs,
		ModelPath:  m.Path,
		Name:       m.Name,
		Descriptor: descriptor(m.Descriptor),
		ShortSide:  u.ShortSide,
		Detail:     u.Detail,
		Parallel:   u.Parallel,
		AnySize:    u.AnySize,
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

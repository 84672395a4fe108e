//go:build darwin && cgo && coreml && !coremlstub

package coreml

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// A model made here by hand, so that the bridge can be tried on a Mac without
// a download: one 1x1 convolution that weighs the channels 1, 2 and 4. Field
// numbers are those of the Core ML specification (Model.proto,
// FeatureTypes.proto, NeuralNetwork.proto).

type proto []byte

func (p proto) tag(field, wire int) proto {
	return binary.AppendUvarint(p, uint64(field)<<3|uint64(wire))
}

func (p proto) number(field int, v uint64) proto { return binary.AppendUvarint(p.tag(field, 0), v) }

func (p proto) bytes(field int, b []byte) proto {
	return append(binary.AppendUvarint(p.tag(field, 2), uint64(len(b))), b...)
}

func (p proto) text(field int, s string) proto { return p.bytes(field, []byte(s)) }

// list is a packed repeated field of whole numbers.
func (p proto) list(field int, values ...uint64) proto {
	var b []byte
	for _, v := range values {
		b = binary.AppendUvarint(b, v)
	}
	return p.bytes(field, b)
}

// floats is WeightParams with packed 32-bit floats.
func (p proto) floats(field int, values ...float32) proto {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return p.bytes(field, proto(nil).bytes(1, b))
}

const (
	specRGB     = 20
	specFloat32 = 65568
)

// tinyModel is the specification of a model that takes a w x h picture, as an
// image of samples 0..255 or as an array [3,H,W], and answers [1,H,W] with
// (R + 2G + 4B) / (7 * 255).
func tinyModel(asImage bool, w, h uint64) []byte {
	var kind proto
	if asImage {
		kind = kind.bytes(4, proto(nil).number(1, w).number(2, h).number(3, specRGB))
	} else {
		kind = kind.bytes(5, proto(nil).list(1, 3, h, w).number(2, specFloat32))
	}
	input := proto(nil).text(1, "image").bytes(3, kind)
	answer := proto(nil).bytes(5, proto(nil).list(1, 1, h, w).number(2, specFloat32))
	output := proto(nil).text(1, "depth").bytes(3, answer)
	metadata := proto(nil).text(1, "a picture weighed").text(3, "Spatial Maker's tests")
	description := proto(nil).bytes(1, input).bytes(10, output).bytes(100, metadata)

	const unit = 1.0 / (7 * 255)
	convolution := proto(nil).number(1, 1).number(2, 3).number(10, 1)        // channels out and in, groups
	convolution = convolution.list(20, 1, 1).list(30, 1, 1).bytes(50, nil)   // kernel, stride, no padding
	convolution = convolution.number(70, 0).floats(90, unit, 2*unit, 4*unit) // no bias, weights
	layer := proto(nil).text(1, "weigh").text(2, "image").text(3, "depth").bytes(100, convolution)
	return proto(nil).number(1, 1).bytes(2, description).bytes(500, proto(nil).bytes(1, layer))
}

func writeTinyModel(t *testing.T, asImage bool, w, h int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tiny.mlmodel")
	if err := os.WriteFile(path, tinyModel(asImage, uint64(w), uint64(h)), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

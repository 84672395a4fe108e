package depth

import (
	"bytes"
	"os"
	"testing"
)

// FuzzFreeze edits damaged models. Whatever comes in, the edit ends in an error
// or in a graph that is not much larger than the file.
func FuzzFreeze(f *testing.F) {
	small, err := os.ReadFile(writeModel(f, 1, []int64{1, 0, 0}, mean("y")))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(small)
	f.Add(small[:len(small)/2])
	f.Add(appendBytes(nil, protoModelGraph, appendBytes(nil, protoInitializer, appendBytes(nil, protoTensorRaw, make([]byte, 2000)))))
	f.Add(appendBytes(nil, protoModelGraph, appendBytes(nil, protoGraphInput, fixedValue("x", []int64{1, 3, 5, 5}))))
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := freezeShape(bytes.NewReader(data), int64(len(data)), "model.onnx", "x", []int64{1, 3, 70, 56})
		if err == nil && len(out) > 2*len(data)+1000 {
			t.Errorf("%d bytes became %d", len(data), len(out))
		}
	})
}

// FuzzRuntimeVersion reads damaged libraries.
func FuzzRuntimeVersion(f *testing.F) {
	f.Add([]byte("\x7fELF\x02\x01\x01"))
	f.Add([]byte{0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1})
	f.Add([]byte("MZ"))
	f.Add([]byte("text"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := t.TempDir() + "/lib"
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if v, err := RuntimeVersion(path); err != nil && v != "" {
			t.Errorf("version %q with error %v", v, err)
		}
	})
}

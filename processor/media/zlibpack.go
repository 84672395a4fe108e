package media

import (
	"bytes"
	"compress/zlib"

	"spatialmaker/processor/pix"
)

// zlibPacker packs many small pieces as zlib streams with one worker's scratch,
// which is larger than most of the pieces.
type zlibPacker struct {
	z   *zlib.Writer
	out bytes.Buffer
}

// zlibPackers makes one for each worker of pix.Bands.
func zlibPackers(level int) ([]*zlibPacker, error) {
	out := make([]*zlibPacker, pix.Workers(0))
	for i := range out {
		p := &zlibPacker{}
		var err error
		if p.z, err = zlib.NewWriterLevel(&p.out, level); err != nil {
			return nil, err
		}
		out[i] = p
	}
	return out, nil
}

// begin starts a piece; what is written to z goes into it.
func (p *zlibPacker) begin() {
	p.out.Reset()
	p.z.Reset(&p.out)
}

// end returns the packed piece.
func (p *zlibPacker) end() ([]byte, error) {
	if err := p.z.Close(); err != nil {
		return nil, err
	}
	return bytes.Clone(p.out.Bytes()), nil
}

package media

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"

	"spatialmaker/processor/pix"
)

// gradient is a small opaque RGBA picture without symmetry, so that every
// orientation of it differs.
func gradient(w, h int) *pix.Picture {
	p := scene(pix.Layout{W: w, H: h, Bits: 8, Model: pix.RGBA}, false)
	for i := range p.Planes[0].Pix8 {
		if i%4 == 2 {
			p.Planes[0].Pix8[i] = uint8(i * 7 / (w + 1))
		}
	}
	return p
}

// pngOf returns a 1-bit PNG of zeros that claims a size; up to 8 rows of it
// are there.
func pngOf(w, h int) []byte {
	var b bytes.Buffer
	b.WriteString(pngSignature)
	head := binary.BigEndian.AppendUint32(nil, uint32(w))
	head = binary.BigEndian.AppendUint32(head, uint32(h))
	_ = writeChunk(&b, "IHDR", append(head, 1, 0, 0, 0, 0))
	var z bytes.Buffer
	zw := zlib.NewWriter(&z)
	_, _ = zw.Write(make([]byte, min(h, 8)*(1+min(w, 1<<16)/8)))
	_ = zw.Close()
	_ = writeChunk(&b, "IDAT", z.Bytes())
	_ = writeChunk(&b, "IEND", nil)
	return b.Bytes()
}

// gifOf returns an animation of n frames of 4x3 pixels. The first one covers
// all of the canvas but its first column.
func gifOf(n int) []byte {
	g := &gif.GIF{Config: image.Config{Width: 4, Height: 3}}
	palette := color.Palette{color.White, color.RGBA{200, 10, 10, 255}}
	for range n {
		m := image.NewPaletted(image.Rect(1, 0, 4, 3), palette)
		for i := range m.Pix {
			m.Pix[i] = 1
		}
		g.Image, g.Delay = append(g.Image, m), append(g.Delay, 1)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// withSegment puts a segment behind a JPEG's start marker.
func withSegment(jpeg []byte, marker byte, body string) []byte {
	var b bytes.Buffer
	b.Write(jpeg[:2])
	if err := writeSegment(&b, marker, body, nil); err != nil {
		panic(err)
	}
	b.Write(jpeg[2:])
	return b.Bytes()
}

// fixChecksums makes the checksums of a PNG's chunks right again.
func fixChecksums(b []byte) {
	for at := len(pngSignature); at+12 <= len(b); {
		n := int(binary.BigEndian.Uint32(b[at:]))
		if n > len(b)-at-12 {
			return
		}
		binary.BigEndian.PutUint32(b[at+8+n:], crc32.ChecksumIEEE(b[at+4:at+8+n]))
		at += 12 + n
	}
}

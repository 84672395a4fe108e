package media

import (
	"context"
	"errors"
	"fmt"
)

// decodeJXL decodes the first frame with libjxl, which applies the orientation
// itself. Files of 16 bits give 16; the library gives 8 for everything else. At
// its peak it takes 4 times the picture's own size.
func decodeJXL(ctx context.Context, data []byte, lim Limits) (*still, error) {
	h, err := parseJXL(data)
	if err != nil {
		return nil, err
	}
	if err := lim.check(h.w, h.h); err != nil {
		return nil, err
	}
	pic, err := runRGBA(ctx, libjxl, data, lim, jxlRules)
	if err != nil {
		if h.cut && errors.Is(err, errSandbox) {
			err = fmt.Errorf("%w: %w", ErrTruncated, err)
		}
		return nil, err
	}
	if h.gray && !pic.Alpha {
		pic = firstComponent(pic)
	}
	s := &still{pic: pic, orientation: 1, applied: h.orientation, meta: h.meta}
	s.pic.Colour.Primaries, s.pic.Colour.Transfer = h.colour.Primaries, h.colour.Transfer
	if h.animated {
		s.notes = append(s.notes, "an animation; the first frame is used")
	}
	if h.bits > 8 && h.bits != 16 {
		s.notes = append(s.notes, fmt.Sprintf("the file has %d bits a sample; it is read with 8", h.bits))
	}
	return s, nil
}

package depth

import "math"

// FilmShortSide is the short side at which films are estimated unless another
// is asked for: 16:9 becomes 448x252, which takes 125 ms with Depth Anything
// V2 Small where the 924x518 of a photo take 820 (facts G). What is lost is fine
// detail, of which sharpening along the picture's edges gives most back.
const FilmShortSide = 252

// PhotoShortSide is the short side at which photos are estimated unless another
// is asked for or the model has its own: the reference's.
const PhotoShortSide = defaultShort

// workingSize returns the size at which a dynamic model sees a picture of w x h.
//
// As in the reference (Depth Anything V2, util/transform.py, lower_bound): the
// short side becomes about short, the aspect ratio is kept, each side is
// rounded half to even to the multiple m, and up where that is below short.
// Beyond the reference, the long side ends at longCap: the picture is then
// scaled to that instead.
func workingSize(w, h, short, m int) (int, int) {
	scale := math.Max(float64(short)/float64(w), float64(short)/float64(h))
	ow, oh := roundSide(float64(w)*scale, m, short), roundSide(float64(h)*scale, m, short)
	most := max(longCap/m*m, m)
	if ow <= most && oh <= most {
		return ow, oh
	}
	scale = float64(most) / float64(max(w, h))
	return min(roundSide(float64(w)*scale, m, m), most), min(roundSide(float64(h)*scale, m, m), most)
}

func roundSide(x float64, m, least int) int {
	f := float64(m)
	n := int(math.RoundToEven(x/f)) * m
	if n < least {
		n = int(math.Ceil(x/f)) * m
	}
	return max(n, m)
}

// Painting rows by visibility; see refPaint in ref.go.
#include "kernel.h"
#include "wide.h"

#define MIN(a, b) ((a) < (b) ? (a) : (b))

typedef struct {
	int32_t *from;
	const int32_t *disp;
	int32_t n;
	int mirror;
} row;

static inline int32_t place(const row *r, int32_t x) {
	return (x << SM_FRAC) - r->disp[r->mirror ? r->n - 1 - x : x];
}

static inline int32_t *target(const row *r, int32_t t) { return r->from + (r->mirror ? r->n - 1 - t : t); }

static inline void put(const row *r, int32_t t, int32_t s) {
	if ((uint32_t)t < (uint32_t)r->n) *target(r, t) = r->mirror ? ((r->n - 1) << SM_FRAC) - s : s;
}

#ifdef SM_WIDE
// whole is whether the pair that begins at x is part of a surface.
static inline int whole(const row *r, int32_t x) {
	int32_t gap = place(r, x + 1) - place(r, x);
	return gap > 0 && gap <= SM_MAX_GAP;
}
#endif

// pairs paints the pairs of neighbours that begin at x to end-1.
static inline void pairs(const row *r, int32_t x, int32_t end) {
	int32_t p0 = place(r, x);
	for (; x < end; x++) {
		int32_t p1 = place(r, x + 1), gap = p1 - p0, at = x << SM_FRAC;
		if (gap > 0 && gap <= SM_MAX_GAP) {
			int32_t last = p1 >> SM_FRAC;
			for (int32_t t = (p0 + SM_ONE - 1) >> SM_FRAC; t <= last; t++)
				put(r, t, at + ((t << SM_FRAC) - p0) * SM_ONE / gap);
			p0 = p1;
			continue;
		}
		// The wide loop leaves the last point of a surface to its neighbour.
		if ((p0 & (SM_ONE - 1)) == 0) put(r, p0 >> SM_FRAC, at);
		if (gap > 0) {
			int32_t t = (p0 >> SM_FRAC) + 1;
			if (t >= 0 && t < r->n && (t << SM_FRAC) < p1 && *target(r, t) == SM_HOLE)
				put(r, t, at + (t << SM_FRAC) - p0);
		}
		put(r, (p1 + SM_ONE / 2) >> SM_FRAC, at + SM_ONE);
		p0 = p1;
	}
}

void sm_paint(int32_t *from, const int32_t *disp, int64_t n, int mirror) {
	row r = {from, disp, (int32_t)n, mirror};
	for (int64_t i = 0; i < n; i++) from[i] = SM_HOLE;
	int32_t x = 0, last = (int32_t)n - 1;
	put(&r, (place(&r, 0) + SM_ONE / 2) >> SM_FRAC, 0);
#ifdef SM_WIDE
	if (sm_wide()) {
		while (x + 8 <= last) {
			int32_t next = sm_paint_avx2(from, disp, (int32_t)n, mirror, x);
			if (next > x && next + 8 > last) {
				x = next;
				break;
			}
			x = next;
			int32_t end = x;
			while (end < last && !whole(&r, end)) end++;
			if (end == x) end = MIN(x + 8, last); // beyond the picture
			pairs(&r, x, end);
			x = end;
		}
	}
#endif
	pairs(&r, x, last);
	int32_t p = place(&r, last);
	if ((p & (SM_ONE - 1)) == 0 && n > 1) put(&r, p >> SM_FRAC, last << SM_FRAC);
}

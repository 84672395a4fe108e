// The portable loops. On amd64 avx2.c has wide ones for most of them, chosen
// at run time; elsewhere the compiler vectorises these.
#include <string.h>

#include "kernel.h"
#include "wide.h"

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

void sm_ranges(sm_range *ranges, const int32_t *disp, int64_t x, int64_t n) {
	for (; x < n; x += SM_BLOCK) {
		int32_t lo = disp[x], hi = lo;
		for (int64_t i = MAX(x - 1, 0), end = MIN(x + SM_BLOCK + 1, n); i < end; i++) {
			lo = MIN(lo, disp[i]);
			hi = MAX(hi, disp[i]);
		}
		ranges[x / SM_BLOCK].lo = lo;
		ranges[x / SM_BLOCK].hi = hi;
	}
}

void sm_displace(int32_t *dst, sm_range *ranges, const float *depth, int64_t n, float span, float off) {
	int64_t first = 0;
#ifdef SM_WIDE
	if (sm_wide()) first = sm_displace_avx2(dst, ranges, depth, n, span, off);
#endif
	for (int64_t x = first; x < n; x++) {
		float d = depth[x];
		d = d > 0 ? d : 0; // not-a-number compares false
		d = d < 1 ? d : 1;
		float v = d * span;
		v = v + off;
		v = v > -(float)SM_FARTHEST ? v : -(float)SM_FARTHEST;
		v = v < (float)SM_FARTHEST ? v : (float)SM_FARTHEST;
		v = v < 0 ? v - 0.5f : v + 0.5f;
		dst[x] = (int32_t)v;
	}
	if (first > 0 && first < n) {
		sm_range *r = &ranges[first / SM_BLOCK - 1];
		r->lo = MIN(r->lo, dst[first]);
		r->hi = MAX(r->hi, dst[first]);
	}
	sm_ranges(ranges, dst, first, n);
}

static int edge_at(const int32_t *up, const int32_t *mid, const int32_t *down, int64_t x0, int64_t x1, int32_t limit) {
	int32_t lo = mid[x0], hi = lo;
	for (int64_t i = x0; i <= x1; i++) {
		lo = MIN(lo, MIN(up[i], MIN(mid[i], down[i])));
		hi = MAX(hi, MAX(up[i], MAX(mid[i], down[i])));
	}
	return (int64_t)hi - lo > limit;
}

static int64_t flat(const sm_range *up, const sm_range *mid, const sm_range *down, int64_t k, int64_t n, int32_t limit) {
	int64_t first = k;
#ifdef SM_WIDE
	if (sm_wide()) k += sm_flat_avx2(up, mid, down, k, n, limit);
#endif
	for (; k < n; k++) {
		int32_t lo = MIN(mid[k].lo, MIN(up[k].lo, down[k].lo)), hi = MAX(mid[k].hi, MAX(up[k].hi, down[k].hi));
		if (hi - lo > limit) break; // displacements are at most 1<<29: no overflow
	}
	return k - first;
}

int sm_edges(uint8_t *dst, const int32_t *up, const int32_t *mid, const int32_t *down, const sm_range *up_ranges,
	const sm_range *mid_ranges, const sm_range *down_ranges, int64_t n, int32_t limit) {
	int any = 0;
	for (int64_t x = 0; x < n;) {
		int64_t k = x / SM_BLOCK, end = MIN(x + SM_BLOCK * flat(up_ranges, mid_ranges, down_ranges, k, (n - 1) / SM_BLOCK + 1, limit), n);
		if (end > x) memset(dst + x, 0, (size_t)(end - x));
		x = end, end = MIN(x + SM_BLOCK, n);
#ifdef SM_WIDE
		if (x > 0 && x + SM_BLOCK < n && sm_wide()) {
			any |= sm_edges_avx2(dst + x, up + x, mid + x, down + x, limit);
			x += SM_BLOCK;
		}
#endif
		for (; x < end; x++) any |= dst[x] = (uint8_t)edge_at(up, mid, down, MAX(x - 1, 0), MIN(x + 1, n - 1), limit);
	}
	return any;
}

int64_t sm_runs(sm_run *runs, const int32_t *from, int64_t n) {
	int64_t k = 0;
	for (int64_t x = 0; x < n; x++) {
#ifdef SM_WIDE
		if (sm_wide()) x = sm_next_hole_avx2(from, x, n);
		if (x >= n) break;
#endif
		if (from[x] != SM_HOLE) continue;
		int64_t x0 = x;
		while (x < n && from[x] == SM_HOLE) x++;
		runs[k].x0 = (int32_t)x0;
		runs[k++].x1 = (int32_t)(x - 1);
	}
	return k;
}

void sm_subsample(int32_t *dst, const int32_t *from, int64_t n, int shift) {
	int64_t i = 0;
#ifdef SM_WIDE
	if (shift == 1 && sm_wide()) i = sm_subsample_avx2(dst, from, n);
#endif
	for (; i < n; i++) {
		int32_t x = (int32_t)(i << shift);
		dst[i] = from[x] == SM_HOLE ? SM_HOLE : (int32_t)(i << SM_FRAC) + ((from[x] - (x << SM_FRAC)) >> shift);
	}
}

// See refSample and spline in ref.go.
static inline int32_t spline(int32_t p0, int32_t p1, int32_t p2, int32_t p3, int32_t f, int mirror) {
	if (f > SM_ONE / 2 - mirror) {
		int32_t t = p0;
		p0 = p3, p3 = t, t = p1, p1 = p2, p2 = t;
		f = SM_ONE - f;
	}
	int32_t a = 3 * (p1 - p2) + p3 - p0, b = 2 * p0 - 5 * p1 + 4 * p2 - p3, c = p2 - p0;
	int32_t t = 4 * b + ((4 * a * f + 128) >> 8);
	t = 4 * c + ((t * f + 128) >> 8);
	return p1 + ((t * f + 1024) >> 11);
}

#define SAMPLE(dst, src, from, i, n, comps, top, mirror)                                                       \
	for (; i < n; i++) {                                                                                       \
		int32_t s = MAX(from[i], 0), f = s & (SM_ONE - 1);                                                     \
		int64_t at = ((s >> SM_FRAC) + SM_PAD - 1) * (int64_t)comps;                                           \
		for (int c = 0; c < comps; c++) {                                                                      \
			int32_t v = spline(src[at + c], src[at + comps + c], src[at + 2 * comps + c], src[at + 3 * comps + c], f, mirror); \
			dst[i * comps + c] = MIN(MAX(v, 0), top);                                                          \
		}                                                                                                      \
	}

void sm_sample8(uint8_t *dst, const uint8_t *src, const int32_t *from, int64_t n, int comps, int mirror) {
	int64_t i = 0;
	mirror = mirror != 0;
#ifdef SM_WIDE
	if (sm_wide()) i = comps == 4 ? sm_sample8x4_avx2(dst, src, from, n, mirror) : comps == 1 ? sm_sample8_avx2(dst, src, from, n, mirror) : 0;
#endif
	SAMPLE(dst, src, from, i, n, comps, 255, mirror)
}

void sm_sample16(uint16_t *dst, const uint16_t *src, const int32_t *from, int64_t n, int comps, int32_t top, int mirror) {
	int64_t i = 0;
	mirror = mirror != 0;
#ifdef SM_WIDE
	if (sm_wide() && comps == 1) i = sm_sample16_avx2(dst, src, from, n, top, mirror);
#endif
	SAMPLE(dst, src, from, i, n, comps, top, mirror)
}

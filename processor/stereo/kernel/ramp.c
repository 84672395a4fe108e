// The ramp functions for any processor, and the choice of the wide ones.
#include <string.h>

#include "ramp.h"
#include "wide.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi" // vectors are only passed to what is inlined
#endif

#include "ramp_const.h"
#define TARGET
#define LINK static
#define RAMP(name) ramp_##name
#include "ramp_body.h"

#ifdef SM_WIDE
#include "ramp_wide.h"
#define CALL(name, ...) (sm_wide() ? sm_ramp_##name##_avx2(__VA_ARGS__) : ramp_##name(__VA_ARGS__))
#else
#define CALL(name, ...) ramp_##name(__VA_ARGS__)
#endif

void sm_ramp_levels(const sm_ramp *p, int64_t y0, int64_t y1, const float *s, float *near, float *far, float *mid, float *mix,
	float *d0, float *d1, uint8_t *flag, float *tmp) {
	CALL(levels, p, y0, y1, s, near, far, mid, mix, d0, d1, flag, tmp);
}

void sm_ramp_residual(const sm_ramp *p, int64_t y0, int64_t y1, const float *s, const float *d, float *res, const uint8_t *live,
	const float *blur, float *tmp) {
	CALL(residual, p, y0, y1, s, d, res, live, blur, tmp);
}

void sm_ramp_gather(const sm_ramp *p, int64_t y0, int64_t y1, const float *s, const float *d, const float *res, float *near,
	float *far, const float *mid, float *dn, const uint8_t *flag, const sm_tap *taps) {
	CALL(gather, p, y0, y1, s, d, res, near, far, mid, dn, flag, taps);
}

void sm_ramp_fields(const sm_ramp *p, int64_t y0, int64_t y1, const float *s, const float *d, const float *c0, const float *c1,
	const float *c2, const float *near, const float *far, const float *mid, const float *mix, const uint8_t *flag,
	const uint8_t *live, const sm_tap *taps, float *fields) {
	CALL(fields, p, y0, y1, s, d, c0, c1, c2, near, far, mid, mix, flag, live, taps, fields);
}

void sm_ramp_load(float *row, const float *from, int64_t w, int64_t stride) {
	CALL(load, row, from, w, stride);
}

void sm_ramp_row(float *dst, const float *a, const float *b, float fy, const int32_t *idx, const float *fx, int64_t w, int64_t mw,
	float *tmp) {
	CALL(row, dst, a, b, fy, idx, fx, w, mw, tmp);
}

void sm_ramp_draw8(float *dst, const sm_zoom *z, const float *fields, const uint8_t *flag, const int32_t *first,
	const int32_t *idx, const float *fx, const uint8_t *p0, const uint8_t *p1, const uint8_t *p2) {
	CALL(draw8, dst, z, fields, flag, first, idx, fx, p0, p1, p2);
}

void sm_ramp_draw16(float *dst, const sm_zoom *z, const float *fields, const uint8_t *flag, const int32_t *first,
	const int32_t *idx, const float *fx, const uint16_t *p0, const uint16_t *p1, const uint16_t *p2) {
	CALL(draw16, dst, z, fields, flag, first, idx, fx, p0, p1, p2);
}

// sm_ramp_dilate marks the blocks beside a marked one and those up to reach
// rows above and below.
void sm_ramp_dilate(uint8_t *dst, const uint8_t *src, int64_t blocks, int64_t h, int64_t y0, int64_t y1, int64_t reach) {
	for (int64_t y = y0; y < y1; y++) {
		uint8_t *to = dst + y * blocks;
		memset(to, 0, (size_t)blocks);
		for (int64_t j = y - reach < 0 ? 0 : y - reach; j <= y + reach && j < h; j++) {
			const uint8_t *from = src + j * blocks;
			for (int64_t b = 0; b < blocks; b++) to[b] |= from[b];
		}
		uint8_t left = 0;
		for (int64_t b = 0; b < blocks; b++) {
			uint8_t own = to[b], right = b + 1 < blocks ? to[b + 1] : 0;
			to[b] = left | own | right;
			left = own;
		}
	}
}

#define SM_PICK(from)                                                                  \
	for (int64_t b = 0; 8 * b < w; b++) {                                                 \
		if (!live[b]) continue;                                                           \
		for (int64_t x = 8 * b; x < 8 * b + 8 && x < w; x++) dst[x] = scale * (float)from[(columns[x] >> shift) * step]; \
	}

void sm_ramp_pick(float *dst, const uint8_t *live, const int32_t *columns, int64_t w, const uint8_t *p8, const uint16_t *p16,
	int64_t step, int64_t shift, float scale) {
	if (p8)
		SM_PICK(p8)
	else
		SM_PICK(p16)
}

// The ramp functions with AVX2.
#ifndef SM_STEREO_RAMP_WIDE_H
#define SM_STEREO_RAMP_WIDE_H

#include "ramp.h"

void sm_ramp_levels_avx2(const sm_ramp *p, int64_t y0, int64_t y1, const float *s, float *near, float *far, float *mid, float *mix,
	float *d0, float *d1, uint8_t *flag, float *tmp);
void sm_ramp_residual_avx2(const sm_ramp *p, int64_t y0, int64_t y1, const float *s, const float *d, float *res,
	const uint8_t *live, const float *blur, float *tmp);
void sm_ramp_gather_avx2(const sm_ramp *p, int64_t y0, int64_t y1, const float *s, const float *d, const float *res, float *near,
	float *far, const float *mid, float *dn, const uint8_t *flag, const sm_tap *taps);
void sm_ramp_fields_avx2(const sm_ramp *p, int64_t y0, int64_t y1, const float *s, const float *d, const float *c0,
	const float *c1, const float *c2, const float *near, const float *far, const float *mid, const float *mix,
	const uint8_t *flag, const uint8_t *live, const sm_tap *taps, float *fields);
void sm_ramp_load_avx2(float *row, const float *from, int64_t w, int64_t stride);
void sm_ramp_row_avx2(float *dst, const float *a, const float *b, float fy, const int32_t *idx, const float *fx, int64_t w,
	int64_t mw, float *tmp);
void sm_ramp_draw8_avx2(float *dst, const sm_zoom *z, const float *fields, const uint8_t *flag, const int32_t *first,
	const int32_t *idx, const float *fx, const uint8_t *p0, const uint8_t *p1, const uint8_t *p2);
void sm_ramp_draw16_avx2(float *dst, const sm_zoom *z, const float *fields, const uint8_t *flag, const int32_t *first,
	const int32_t *idx, const float *fx, const uint16_t *p0, const uint16_t *p1, const uint16_t *p2);

#endif

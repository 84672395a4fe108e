// The C side of the ramp functions; see ramp.go for what they do.
#ifndef SM_STEREO_RAMP_H
#define SM_STEREO_RAMP_H

#include <stdint.h>

enum { SM_RAMP_PAD = 16, SM_FIELDS = 8 };

// sm_ramp mirrors Ramp.
typedef struct {
	int64_t w, h, stride, blocks;
	int64_t level_r, blur_r, taps;
	float step, slack;
} sm_ramp;

// sm_tap mirrors Tap.
typedef struct {
	int32_t dx, dy;
	float weight;
} sm_tap;

// sm_zoom mirrors zoomRow: one row of a picture.
typedef struct {
	int64_t w, stride, blocks, comps, bits;
	int64_t step[3], shift[3], at[3], above[3], below[3];
	int64_t reach;
	float scale[3];
	int64_t row0, row1; // where the two rows of fields and of flags begin, in samples and in blocks
	int64_t flag0, flag1;
	float fy, colour, widen;
} sm_zoom;

void sm_ramp_levels(const sm_ramp *p, int64_t y0, int64_t y1, const float *s, float *near, float *far, float *mid, float *mix,
	float *d0, float *d1, uint8_t *flag, float *tmp);
void sm_ramp_dilate(uint8_t *dst, const uint8_t *src, int64_t blocks, int64_t h, int64_t y0, int64_t y1, int64_t reach);
void sm_ramp_residual(const sm_ramp *p, int64_t y0, int64_t y1, const float *s, const float *d, float *res, const uint8_t *live,
	const float *blur, float *tmp);
void sm_ramp_gather(const sm_ramp *p, int64_t y0, int64_t y1, const float *s, const float *d, const float *res, float *near,
	float *far, const float *mid, float *dn, const uint8_t *flag, const sm_tap *taps);
void sm_ramp_fields(const sm_ramp *p, int64_t y0, int64_t y1, const float *s, const float *d, const float *c0, const float *c1,
	const float *c2, const float *near, const float *far, const float *mid, const float *mix, const uint8_t *flag,
	const uint8_t *live, const sm_tap *taps, float *fields);
void sm_ramp_load(float *row, const float *from, int64_t w, int64_t stride);
void sm_ramp_row(float *dst, const float *a, const float *b, float fy, const int32_t *idx, const float *fx, int64_t w, int64_t mw,
	float *tmp);
void sm_ramp_draw8(float *dst, const sm_zoom *z, const float *fields, const uint8_t *flag, const int32_t *first,
	const int32_t *idx, const float *fx, const uint8_t *p0, const uint8_t *p1, const uint8_t *p2);
void sm_ramp_draw16(float *dst, const sm_zoom *z, const float *fields, const uint8_t *flag, const int32_t *first,
	const int32_t *idx, const float *fx, const uint16_t *p0, const uint16_t *p1, const uint16_t *p2);

void sm_ramp_pick(float *dst, const uint8_t *live, const int32_t *columns, int64_t w, const uint8_t *p8, const uint16_t *p16,
	int64_t step, int64_t shift, float scale);

#endif

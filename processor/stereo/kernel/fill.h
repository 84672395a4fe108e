// The C side of the fill; see fill.go for what the functions do.
#ifndef SM_STEREO_FILL_H
#define SM_STEREO_FILL_H

#include <stdint.h>

enum { SM_FILL_LANES = 8 };

// sm_fill mirrors FillGrid and FillPlanes without their pointers.
typedef struct {
	int64_t n, w, h, shift_x, shift_y, stride, step;
} sm_fill;

// sm_fill_run mirrors FillRun.
typedef struct {
	int32_t x0, x1, at, y, side, from, clean, other;
	float fall, coherent, a[4], b[4];
} sm_fill_run;

void sm_fill_begin(const sm_fill *g, const sm_fill_run *runs, const int32_t *first, float *start, float *keep, int64_t y0, int64_t y1);
void sm_fill_sweep8(const sm_fill *g, const sm_fill_run *runs, const int32_t *first, float *start, float *down, const float *keep,
	float *mean, int32_t *row, int64_t x0, int64_t x1, uint8_t *p0, uint8_t *p1, uint8_t *p2, uint8_t *p3);
void sm_fill_sweep16(const sm_fill *g, const sm_fill_run *runs, const int32_t *first, float *start, float *down, const float *keep,
	float *mean, int32_t *row, int64_t x0, int64_t x1, uint16_t *p0, uint16_t *p1, uint16_t *p2, uint16_t *p3);

#endif

// The C side of openings; see opening.go for what the function does.
#ifndef SM_STEREO_OPENING_H
#define SM_STEREO_OPENING_H

#include <stdint.h>

#include "kernel.h"

// sm_opening mirrors Opening.
typedef struct {
	int32_t x0, x1, edge, other, side;
	float xx, xy, yy, beside[2][4];
	int32_t clean[2];
} sm_opening;

// sm_open_row mirrors OpenLayout.
typedef struct {
	int64_t w, bits, mirror, luma[3], n, comps, at[4], width[4], shift[4], limit;
} sm_open_row;

void sm_open8(sm_opening *out, const sm_run *runs, int64_t n, const sm_open_row *r, const int32_t *from, const int32_t *disp,
	const int32_t *above, const int32_t *below, const uint8_t *luma, const uint8_t *p0, const uint8_t *p1, const uint8_t *p2,
	const uint8_t *p3);
void sm_open16(sm_opening *out, const sm_run *runs, int64_t n, const sm_open_row *r, const int32_t *from, const int32_t *disp,
	const int32_t *above, const int32_t *below, const uint16_t *luma, const uint16_t *p0, const uint16_t *p1, const uint16_t *p2,
	const uint16_t *p3);

#endif

// The C side of package kernel; see api.go for what the functions do.
#ifndef SM_STEREO_KERNEL_H
#define SM_STEREO_KERNEL_H

#include <stdint.h>

enum {
	SM_FRAC = 8,
	SM_ONE = 1 << SM_FRAC,
	SM_MAX_GAP = 2 * SM_ONE + SM_ONE / 16,
	SM_BLOCK = 32,
	SM_PAD = 4,
	SM_FARTHEST = 1 << 29,
};
#define SM_HOLE INT32_MIN

typedef struct {
	int32_t lo, hi;
} sm_range;

typedef struct {
	int32_t x0, x1;
} sm_run;

typedef struct {
	int32_t x, a, near, far;
	int32_t f[4], b[4];
} sm_mixed;

// sm_band mirrors Band without its pointers, which are passed beside it: C must
// not be handed Go memory that holds Go pointers.
typedef struct {
	int64_t w, comps, bits, luma, min_range;
	int64_t disp[5], edge[5], row[4][5], next[4], step[4], shift[4];
} sm_band;

typedef struct {
	int32_t x, y, a, q[4];
} sm_late;

// sm_canvas mirrors Canvas without its pointers.
typedef struct {
	int64_t comps, bits;
	int64_t at[4], stride[4], step[4], shift_x[4], shift_y[4];
} sm_canvas;

void sm_displace(int32_t *dst, sm_range *ranges, const float *depth, int64_t n, float span, float off);
void sm_ranges(sm_range *ranges, const int32_t *disp, int64_t x, int64_t n); // from column x on, where a block begins
int sm_edges(uint8_t *dst, const int32_t *up, const int32_t *mid, const int32_t *down, const sm_range *up_ranges,
	const sm_range *mid_ranges, const sm_range *down_ranges, int64_t n, int32_t limit);
void sm_paint(int32_t *from, const int32_t *disp, int64_t n, int mirror);
int64_t sm_runs(sm_run *runs, const int32_t *from, int64_t n);
void sm_subsample(int32_t *dst, const int32_t *from, int64_t n, int shift);
void sm_sample8(uint8_t *dst, const uint8_t *src, const int32_t *from, int64_t n, int comps, int mirror);
void sm_sample16(uint16_t *dst, const uint16_t *src, const int32_t *from, int64_t n, int comps, int32_t top, int mirror);
int64_t sm_mix8(sm_mixed *out, const sm_band *b, const int32_t *disp, const uint8_t *edge,
	const uint8_t *p0, const uint8_t *p1, const uint8_t *p2, const uint8_t *p3);
int64_t sm_mix16(sm_mixed *out, const sm_band *b, const int32_t *disp, const uint8_t *edge,
	const uint16_t *p0, const uint16_t *p1, const uint16_t *p2, const uint16_t *p3);
int64_t sm_sprites8(sm_late *out, const sm_mixed *mixed, int64_t n, const sm_band *b, const int32_t *mix_at, const int32_t *disp,
	const int32_t *from, int64_t y, int mirror, const uint8_t *p0, const uint8_t *p1, const uint8_t *p2, const uint8_t *p3);
int64_t sm_sprites16(sm_late *out, const sm_mixed *mixed, int64_t n, const sm_band *b, const int32_t *mix_at, const int32_t *disp,
	const int32_t *from, int64_t y, int mirror, const uint16_t *p0, const uint16_t *p1, const uint16_t *p2, const uint16_t *p3);
void sm_composite8(const sm_canvas *s, const sm_late *q, int64_t n, uint8_t *p0, uint8_t *p1, uint8_t *p2, uint8_t *p3);
void sm_composite16(const sm_canvas *s, const sm_late *q, int64_t n, uint16_t *p0, uint16_t *p1, uint16_t *p2, uint16_t *p3);

#endif

// The C side of package kernel; see api.go for what the functions do.
#ifndef SM_STEREO_KERNEL_H
#define SM_STEREO_KERNEL_H

#include <stdint.h>

enum {
	SM_FRAC = 8,
	SM_ONE = 1 << SM_FRAC,
	SM_MAX_GAP = 2 * SM_ONE + SM_ONE / 16,
	SM_PAD = 4,
	SM_FARTHEST = 1 << 29,
};
#define SM_HOLE INT32_MIN

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
	int64_t disp[5], edge[5], row[4][5], step[4], shift[4];
} sm_band;

void sm_displace(int32_t *dst, const float *depth, int64_t n, float span, float off);
void sm_edges(uint8_t *dst, uint8_t *any, const int32_t *disp, int64_t n, int64_t rows, int32_t limit);
void sm_paint(int32_t *from, const int32_t *disp, int64_t n, int mirror);
int64_t sm_runs(sm_run *runs, const int32_t *from, int64_t n);
void sm_subsample(int32_t *dst, const int32_t *from, int64_t n, int shift);
void sm_sample8(uint8_t *dst, const uint8_t *src, const int32_t *from, int64_t n, int comps, int mirror);
void sm_sample16(uint16_t *dst, const uint16_t *src, const int32_t *from, int64_t n, int comps, int32_t top, int mirror);
int64_t sm_mix8(sm_mixed *out, const sm_band *b, const int32_t *disp, const uint8_t *edge,
	const uint8_t *p0, const uint8_t *p1, const uint8_t *p2, const uint8_t *p3);
int64_t sm_mix16(sm_mixed *out, const sm_band *b, const int32_t *disp, const uint8_t *edge,
	const uint16_t *p0, const uint16_t *p1, const uint16_t *p2, const uint16_t *p3);

#endif

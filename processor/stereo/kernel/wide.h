// The wide loops of amd64. Each works from the beginning as far as whole
// vectors go and returns where it ended.
#ifndef SM_STEREO_WIDE_H
#define SM_STEREO_WIDE_H

#include <stdint.h>

#include "kernel.h"

#if defined(__x86_64__)
#define SM_WIDE 1
int sm_wide(void); // whether the processor and the system have AVX2 and FMA
// The last block's range is without the column behind it.
int64_t sm_displace_avx2(int32_t *dst, sm_range *ranges, const float *depth, int64_t n, float span, float off);
// Of SM_BLOCK columns that have a neighbour on either side.
int sm_edges_avx2(uint8_t *dst, const int32_t *up, const int32_t *mid, const int32_t *down, int32_t limit);
// sm_flat_avx2 returns how many blocks from k on, up to n, span no more than
// limit in three rows.
int64_t sm_flat_avx2(const sm_range *up, const sm_range *mid, const sm_range *down, int64_t k, int64_t n, int32_t limit);
int64_t sm_next_hole_avx2(const int32_t *from, int64_t x, int64_t n);
// sm_before_avx2 returns for how many of n targets from t on, in a direction,
// something is seen whose displacement is at least limit more than d; at most.
int64_t sm_before_avx2(const int32_t *from, int64_t t, int32_t step, int64_t n, int32_t d, int32_t limit, int mirror);
int64_t sm_subsample_avx2(int32_t *dst, const int32_t *from, int64_t n);
int64_t sm_sample8_avx2(uint8_t *dst, const uint8_t *src, const int32_t *from, int64_t n, int mirror);
int64_t sm_sample8x4_avx2(uint8_t *dst, const uint8_t *src, const int32_t *from, int64_t n, int mirror);
int64_t sm_sample16_avx2(uint16_t *dst, const uint16_t *src, const int32_t *from, int64_t n, int32_t top, int mirror);
// sm_paint_avx2 paints pairs from x on, eight at a time, as long as they are parts
// of a surface inside the picture, and returns the first not painted.
int32_t sm_paint_avx2(int32_t *from, const int32_t *disp, int32_t n, int mirror, int32_t x);
#endif

#endif

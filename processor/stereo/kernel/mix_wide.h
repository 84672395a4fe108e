// The wide sums of mixed pixels; see mix.c.
#ifndef SM_STEREO_MIX_WIDE_H
#define SM_STEREO_MIX_WIDE_H

#include <immintrin.h>

#include "wide.h"

#define AVX2 __attribute__((target("avx2")))

// The weights of mix.c, for five columns of eight in two rows of the window at a
// time; the last one stands alone.
static const int16_t weights[2][3][16] = {
	{
		{7, 16, 21, 16, 7, 0, 0, 0, 16, 43, 57, 43, 16},
		{21, 57, 64, 57, 21, 0, 0, 0, 16, 43, 57, 43, 16},
		{7, 16, 21, 16, 7},
	},
	{
		{1, 2, 2, 2, 1, 0, 0, 0, 2, 4, 6, 4, 2},
		{2, 6, 6, 6, 2, 0, 0, 0, 2, 4, 6, 4, 2},
		{1, 2, 2, 2, 1},
	},
};

static inline AVX2 __m256i load(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }

// range finds the least and the largest displacement in the 3x3 around x.
static inline AVX2 void range(const sm_band *b, const int32_t *disp, int64_t x, int32_t *lo, int32_t *hi) {
	__m128i l = _mm_set1_epi32(disp[b->disp[2] + x]), h = l;
	for (int j = 1; j <= 3; j++) {
		// Columns x-1, x, x+1 and x-1 once more.
		__m128i v = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(disp + b->disp[j] + x - 1)), 0x24);
		l = _mm_min_epi32(l, v), h = _mm_max_epi32(h, v);
	}
	l = _mm_min_epi32(l, _mm_shuffle_epi32(l, 0x4E)), h = _mm_max_epi32(h, _mm_shuffle_epi32(h, 0x4E));
	*lo = _mm_cvtsi128_si32(_mm_min_epi32(l, _mm_shuffle_epi32(l, 0xB1)));
	*hi = _mm_cvtsi128_si32(_mm_max_epi32(h, _mm_shuffle_epi32(h, 0xB1)));
}

// narrow makes 16-bit numbers of two rows of eight.
static inline AVX2 __m256i narrow(__m256i a, __m256i b) { return _mm256_permute4x64_epi64(_mm256_packs_epi32(a, b), 0xD8); }

// The samples over columns x to x+7 of two rows, as 16-bit numbers.
static inline AVX2 __m128i two8(const uint8_t *p, const uint8_t *q) {
	return _mm_unpacklo_epi64(_mm_loadl_epi64((const __m128i *)p), _mm_loadl_epi64((const __m128i *)q));
}

static inline AVX2 __m256i plain8(const uint8_t *p, const uint8_t *q) { return _mm256_cvtepu8_epi16(two8(p, q)); }

static inline AVX2 __m256i halved8(const uint8_t *p, const uint8_t *q, int odd) {
	const __m256i even = _mm256_setr_epi8(0, -1, 0, -1, 1, -1, 1, -1, 2, -1, 2, -1, 3, -1, 3, -1, 8, -1, 8, -1, 9, -1, 9, -1, 10, -1, 10,
		-1, 11, -1, 11, -1);
	const __m256i uneven = _mm256_setr_epi8(0, -1, 1, -1, 1, -1, 2, -1, 2, -1, 3, -1, 3, -1, 4, -1, 8, -1, 9, -1, 9, -1, 10, -1, 10, -1,
		11, -1, 11, -1, 12, -1);
	return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(two8(p, q)), odd ? uneven : even);
}

// Less the middle of their range, for they are multiplied with their sign.
static inline AVX2 __m256i plain16(const uint16_t *p, const uint16_t *q) {
	__m256i v = _mm256_set_m128i(_mm_loadu_si128((const __m128i *)q), _mm_loadu_si128((const __m128i *)p));
	return _mm256_xor_si256(v, _mm256_set1_epi16(INT16_MIN));
}

static inline AVX2 __m256i halved16(const uint16_t *p, const uint16_t *q, int odd) {
	const __m128i even = _mm_setr_epi8(0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7);
	const __m128i uneven = _mm_setr_epi8(0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7, 8, 9);
	return _mm256_shuffle_epi8(plain16(p, q), _mm256_broadcastsi128_si256(odd ? uneven : even));
}

// means divides the sums [weight displacement c0 c1] and [c2] of one side.
static inline AVX2 void means(side *s, __m128i sums, __m128i c2) {
	__m128i v = _mm_sllv_epi32(_mm_alignr_epi8(c2, sums, 4), _mm_setr_epi32(0, 4, 4, 4));
	int32_t r[4];
	s->w = _mm_cvtsi128_si32(sums);
	// The quotients of such small numbers are never rounded up to whole ones.
	v = _mm256_cvttpd_epi32(_mm256_div_pd(_mm256_cvtepi32_pd(v), _mm256_set1_pd(s->w)));
	_mm_storeu_si128((__m128i *)r, v);
	s->d = r[0], s->c[0] = r[1], s->c[1] = r[2], s->c[2] = r[3];
}

// tally is a sum over the far side and over the near one.
typedef struct {
	__m256i far, near;
} tally;

// count adds a number times each side's weights.
static inline AVX2 void count(tally *t, const tally *weight, __m256i v) {
	t->far = _mm256_add_epi32(t->far, _mm256_madd_epi16(weight->far, v));
	t->near = _mm256_add_epi32(t->near, _mm256_madd_epi16(weight->near, v));
}

// halves adds up two rows; the far side's in the lower half.
static inline AVX2 __m256i halves(const tally *t) {
	return _mm256_add_epi32(_mm256_permute2x128_si256(t->far, t->near, 0x20), _mm256_permute2x128_si256(t->far, t->near, 0x31));
}

// SUMS makes the means of the 5x5 pixels around x; 0 where only the portable
// loop can make them: at the ends of rows, which are read up to eight samples
// beyond the window, and for wild displacements.
#define SUMS(NAME, T, PLAIN, HALVED)                                                                                   \
	static inline __attribute__((always_inline)) AVX2 int NAME(side s[2], int32_t *middle, const sm_band *b,           \
		const int32_t *disp, const uint8_t *edge, const T *const p[4], int64_t x, const int comps, const int layout) { \
		if (layout == OTHER || x < 2 || x + 16 > b->w) return 0;                                                       \
		int32_t lo, hi, room = (int32_t)b->min_range;                                                                  \
		range(b, disp, x, &lo, &hi);                                                                                   \
		if (hi - lo > 3 << 14 || room > 1 << 12) return 0;                                                             \
		int32_t mid = lo + (hi - lo) / 2;                                                                              \
		const __m256i m = _mm256_set1_epi32(mid), zero = _mm256_setzero_si256(), byte = _mm256_set1_epi32(255);        \
		const __m256i most = _mm256_set1_epi16((int16_t)(mid - lo + room));                                            \
		const __m256i least = _mm256_set1_epi16((int16_t)(mid - hi - room));                                           \
		tally w = {zero, zero}, d = w, c0 = w, c1 = w, c2 = w;                                                         \
		int64_t at = x - 2, half = layout == HALF ? at >> 1 : at;                                                      \
		int odd = (int)at & 1;                                                                                         \
		_Pragma("GCC unroll 3")                                                                                        \
		for (int k = 0; k < 3; k++) {                                                                                  \
			int j = 2 * k, i = k < 2 ? j + 1 : j;                                                                      \
			/* How much less than the middle the displacements are. */                                                 \
			__m256i v = narrow(_mm256_sub_epi32(m, load(disp + b->disp[j] + at)),                                      \
				_mm256_sub_epi32(m, load(disp + b->disp[i] + at)));                                                    \
			__m256i near = _mm256_cmpgt_epi16(zero, v);                                                                \
			__m256i out = _mm256_or_si256(_mm256_cmpgt_epi16(v, most), _mm256_cmpgt_epi16(least, v));                  \
			__m256i dirty = _mm256_cmpgt_epi16(plain8(edge + b->edge[j] + at, edge + b->edge[i] + at), zero);          \
			__m256i far = _mm256_blendv_epi8(load(weights[0][k]), load(weights[1][k]), dirty);                         \
			tally q = {_mm256_andnot_si256(_mm256_or_si256(near, out), far),                                           \
				_mm256_andnot_si256(out, _mm256_and_si256(near, load(weights[0][k])))};                                \
			w.far = _mm256_add_epi16(w.far, q.far), w.near = _mm256_add_epi16(w.near, q.near);                         \
			count(&d, &q, v);                                                                                          \
			if (layout == INTERLEAVED) {                                                                               \
				__m256i r0 = load(p[0] + b->row[0][j] + at * 4), r1 = load(p[0] + b->row[0][i] + at * 4);              \
				count(&c0, &q, narrow(_mm256_and_si256(r0, byte), _mm256_and_si256(r1, byte)));                        \
				r0 = _mm256_srli_epi32(r0, 8), r1 = _mm256_srli_epi32(r1, 8);                                          \
				count(&c1, &q, narrow(_mm256_and_si256(r0, byte), _mm256_and_si256(r1, byte)));                        \
				r0 = _mm256_srli_epi32(r0, 8), r1 = _mm256_srli_epi32(r1, 8);                                          \
				count(&c2, &q, narrow(_mm256_and_si256(r0, byte), _mm256_and_si256(r1, byte)));                        \
				continue;                                                                                              \
			}                                                                                                          \
			count(&c0, &q, PLAIN(p[0] + b->row[0][j] + at, p[0] + b->row[0][i] + at));                                 \
			if (comps == 1) continue;                                                                                  \
			const T *a0 = p[1] + b->row[1][j] + half, *a1 = p[1] + b->row[1][i] + half;                                \
			const T *b0 = p[2] + b->row[2][j] + half, *b1 = p[2] + b->row[2][i] + half;                                \
			count(&c1, &q, layout == HALF ? HALVED(a0, a1, odd) : PLAIN(a0, a1));                                      \
			count(&c2, &q, layout == HALF ? HALVED(b0, b1, odd) : PLAIN(b0, b1));                                      \
		}                                                                                                              \
		const __m256i one = _mm256_set1_epi16(1);                                                                      \
		w.far = _mm256_madd_epi16(w.far, one), w.near = _mm256_madd_epi16(w.near, one);                                \
		__m256i weight = halves(&w), s0 = halves(&c0), s1 = halves(&c1), s2 = halves(&c2);                             \
		if (sizeof(T) > 1) {                                                                                           \
			__m256i less = _mm256_slli_epi32(weight, 15);                                                              \
			s0 = _mm256_add_epi32(s0, less), s1 = _mm256_add_epi32(s1, less), s2 = _mm256_add_epi32(s2, less);         \
		}                                                                                                              \
		weight = _mm256_hadd_epi32(_mm256_hadd_epi32(weight, _mm256_sub_epi32(zero, halves(&d))), _mm256_hadd_epi32(s0, s1)); \
		s2 = _mm256_hadd_epi32(s2, s2), s2 = _mm256_hadd_epi32(s2, s2);                                                \
		means(&s[0], _mm256_castsi256_si128(weight), _mm256_castsi256_si128(s2));                                      \
		means(&s[1], _mm256_extracti128_si256(weight, 1), _mm256_extracti128_si256(s2, 1));                            \
		*middle = mid;                                                                                                 \
		return 1;                                                                                                      \
	}

SUMS(sums8, uint8_t, plain8, halved8)
SUMS(sums16, uint16_t, plain16, halved16)
#undef SUMS
#endif

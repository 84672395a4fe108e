// The wide sums of mixed pixels; see mix.c.
#include "kernel.h"
#include "wide.h"

#ifdef SM_WIDE
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

// The weights of mix.c by row of the window, for five columns of eight.
static const int32_t weights[2][3][8] = {
	{{21, 57, 64, 57, 21, 0, 0, 0}, {16, 43, 57, 43, 16, 0, 0, 0}, {7, 16, 21, 16, 7, 0, 0, 0}},
	{{2, 6, 6, 6, 2, 0, 0, 0}, {2, 4, 6, 4, 2, 0, 0, 0}, {1, 2, 2, 2, 1, 0, 0, 0}},
};

static inline AVX2 __m256i load(const int32_t *p) { return _mm256_loadu_si256((const __m256i *)p); }

static inline AVX2 int32_t sum(__m256i v) {
	__m128i a = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
	a = _mm_add_epi32(a, _mm_shuffle_epi32(a, 0x4E));
	return _mm_cvtsi128_si32(_mm_add_epi32(a, _mm_shuffle_epi32(a, 0xB1)));
}

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

// The samples over columns x to x+7 of a row, as 32-bit numbers.
static inline AVX2 __m256i plain8(const uint8_t *p) { return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p)); }

static inline AVX2 __m256i halved8(const uint8_t *p, int odd) {
	const __m128i even = _mm_setr_epi8(0, 0, 1, 1, 2, 2, 3, 3, -1, -1, -1, -1, -1, -1, -1, -1);
	const __m128i uneven = _mm_setr_epi8(0, 1, 1, 2, 2, 3, 3, 4, -1, -1, -1, -1, -1, -1, -1, -1);
	return _mm256_cvtepu8_epi32(_mm_shuffle_epi8(_mm_loadl_epi64((const __m128i *)p), odd ? uneven : even));
}

static inline AVX2 __m256i plain16(const uint16_t *p) { return _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p)); }

static inline AVX2 __m256i halved16(const uint16_t *p, int odd) {
	const __m128i even = _mm_setr_epi8(0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7);
	const __m128i uneven = _mm_setr_epi8(0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7, 8, 9);
	return _mm256_cvtepu16_epi32(_mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)p), odd ? uneven : even));
}

// Rows are read up to eight samples beyond the window.
static inline int inside(const sm_band *b, int64_t x) { return x >= 2 && x + 16 <= b->w; }

#define SUMS(NAME, T, PLAIN, HALVED)                                                                                    \
	AVX2 int NAME(sm_side s[2], int32_t *middle, const sm_band *b, const int32_t *disp, const uint8_t *edge,            \
		const T *const p[4], int64_t x, int comps) {                                                                    \
		int rgba = b->step[0] == 4;                                                                                     \
		if (!inside(b, x) || comps > 3 || (rgba && sizeof(T) > 1) || b->shift[1] > 1) return 0;                         \
		int32_t lo, hi;                                                                                                 \
		range(b, disp, x, &lo, &hi);                                                                                    \
		if (hi - lo > 1 << 20) return 0;                                                                                \
		int32_t mid = lo + (hi - lo) / 2, least = lo - (int32_t)b->min_range, most = hi + (int32_t)b->min_range;        \
		const __m256i m = _mm256_set1_epi32(mid), below = _mm256_set1_epi32(least), above = _mm256_set1_epi32(most);    \
		const __m256i zero = _mm256_setzero_si256(), byte = _mm256_set1_epi32(255);                                     \
		__m256i w[2] = {zero, zero}, d[2] = {zero, zero}, c[2][3] = {{zero, zero, zero}, {zero, zero, zero}};           \
		int64_t at = x - 2;                                                                                             \
		for (int j = 0; j < 5; j++) {                                                                                   \
			int k = j < 2 ? 2 - j : j - 2;                                                                              \
			__m256i v = load(disp + b->disp[j] + at);                                                                   \
			__m256i near = _mm256_cmpgt_epi32(v, m);                                                                    \
			__m256i out = _mm256_or_si256(_mm256_cmpgt_epi32(below, v), _mm256_cmpgt_epi32(v, above));                  \
			__m256i dirty = _mm256_cmpgt_epi32(plain8(edge + b->edge[j] + at), zero);                                   \
			__m256i wf = _mm256_andnot_si256(out, _mm256_blendv_epi8(load(weights[0][k]), load(weights[1][k]), dirty)); \
			__m256i wn = _mm256_andnot_si256(out, _mm256_and_si256(near, load(weights[0][k])));                         \
			wf = _mm256_andnot_si256(near, wf);                                                                         \
			v = _mm256_sub_epi32(v, m);                                                                                 \
			w[0] = _mm256_add_epi32(w[0], wf), w[1] = _mm256_add_epi32(w[1], wn);                                       \
			d[0] = _mm256_add_epi32(d[0], _mm256_mullo_epi32(wf, v));                                                   \
			d[1] = _mm256_add_epi32(d[1], _mm256_mullo_epi32(wn, v));                                                   \
			__m256i q = zero;                                                                                           \
			if (rgba) q = load((const int32_t *)(p[0] + b->row[0][j] + at * 4));                                        \
			for (int i = 0; i < comps; i++) {                                                                           \
				__m256i u;                                                                                              \
				if (rgba)                                                                                               \
					u = _mm256_and_si256(_mm256_srli_epi32(q, 8 * i), byte);                                            \
				else if (b->shift[i])                                                                                   \
					u = HALVED(p[i] + b->row[i][j] + (at >> 1), (int)at & 1);                                           \
				else                                                                                                    \
					u = PLAIN(p[i] + b->row[i][j] + at);                                                                \
				c[0][i] = _mm256_add_epi32(c[0][i], _mm256_mullo_epi32(wf, u));                                         \
				c[1][i] = _mm256_add_epi32(c[1][i], _mm256_mullo_epi32(wn, u));                                         \
			}                                                                                                           \
		}                                                                                                               \
		for (int i = 0; i < 2; i++) {                                                                                   \
			s[i].w = sum(w[i]), s[i].d = sum(d[i]);                                                                     \
			for (int k = 0; k < comps; k++) s[i].c[k] = sum(c[i][k]);                                                   \
		}                                                                                                               \
		*middle = mid;                                                                                                  \
		return 1;                                                                                                       \
	}

SUMS(sm_mix8_sums_avx2, uint8_t, plain8, halved8)
SUMS(sm_mix16_sums_avx2, uint16_t, plain16, halved16)
#endif

// The wide sums of mixed pixels; see mix.c.
#include "kernel.h"
#include "wide.h"

#ifdef SM_WIDE
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

// The weights of mix.c by row of the window, for five columns of eight.
static const int16_t weights[2][3][8] = {
	{{21, 57, 64, 57, 21, 0, 0, 0}, {16, 43, 57, 43, 16, 0, 0, 0}, {7, 16, 21, 16, 7, 0, 0, 0}},
	{{2, 6, 6, 6, 2, 0, 0, 0}, {2, 4, 6, 4, 2, 0, 0, 0}, {1, 2, 2, 2, 1, 0, 0, 0}},
};

static inline AVX2 __m128i load(const void *p) { return _mm_loadu_si128((const __m128i *)p); }
static inline AVX2 __m256i twice(__m128i v) { return _mm256_broadcastsi128_si256(v); }

// range finds the least and the largest displacement in the 3x3 around x.
static inline AVX2 void range(const sm_band *b, const int32_t *disp, int64_t x, int32_t *lo, int32_t *hi) {
	__m128i l = _mm_set1_epi32(disp[b->disp[2] + x]), h = l;
	for (int j = 1; j <= 3; j++) {
		// Columns x-1, x, x+1 and x-1 once more.
		__m128i v = _mm_shuffle_epi32(load(disp + b->disp[j] + x - 1), 0x24);
		l = _mm_min_epi32(l, v), h = _mm_max_epi32(h, v);
	}
	l = _mm_min_epi32(l, _mm_shuffle_epi32(l, 0x4E)), h = _mm_max_epi32(h, _mm_shuffle_epi32(h, 0x4E));
	*lo = _mm_cvtsi128_si32(_mm_min_epi32(l, _mm_shuffle_epi32(l, 0xB1)));
	*hi = _mm_cvtsi128_si32(_mm_max_epi32(h, _mm_shuffle_epi32(h, 0xB1)));
}

// The samples over columns x to x+7 of a row, as 16-bit numbers.
static inline AVX2 __m128i plain8(const uint8_t *p) { return _mm_cvtepu8_epi16(_mm_loadl_epi64((const __m128i *)p)); }

static inline AVX2 __m128i halved8(const uint8_t *p, int odd) {
	const __m128i even = _mm_setr_epi8(0, -1, 0, -1, 1, -1, 1, -1, 2, -1, 2, -1, 3, -1, 3, -1);
	const __m128i uneven = _mm_setr_epi8(0, -1, 1, -1, 1, -1, 2, -1, 2, -1, 3, -1, 3, -1, 4, -1);
	return _mm_shuffle_epi8(_mm_loadl_epi64((const __m128i *)p), odd ? uneven : even);
}

// Less the middle of their range, for they are multiplied with their sign.
static inline AVX2 __m128i plain16(const uint16_t *p) { return _mm_xor_si128(load(p), _mm_set1_epi16(INT16_MIN)); }

static inline AVX2 __m128i halved16(const uint16_t *p, int odd) {
	const __m128i even = _mm_setr_epi8(0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7);
	const __m128i uneven = _mm_setr_epi8(0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7, 8, 9);
	return _mm_shuffle_epi8(plain16(p), odd ? uneven : even);
}

// means divides the sums [weight displacement c0 c1] and [c2] of one side.
static inline AVX2 void means(sm_side *s, __m128i sums, __m128i c2) {
	__m128i v = _mm_sllv_epi32(_mm_alignr_epi8(c2, sums, 4), _mm_setr_epi32(0, 4, 4, 4));
	int32_t r[4];
	s->w = _mm_cvtsi128_si32(sums);
	// The quotients of such small numbers are never rounded up to whole ones.
	v = _mm256_cvttpd_epi32(_mm256_div_pd(_mm256_cvtepi32_pd(v), _mm256_set1_pd(s->w)));
	_mm_storeu_si128((__m128i *)r, v);
	s->d = r[0], s->c[0] = r[1], s->c[1] = r[2], s->c[2] = r[3];
}

// Rows are read up to eight samples beyond the window.
static inline int inside(const sm_band *b, int64_t x) { return x >= 2 && x + 16 <= b->w; }

// Halves of a vector belong to the far and to the near side.
#define SUMS(NAME, T, PLAIN, HALVED)                                                                                    \
	AVX2 int NAME(sm_side s[2], int32_t *middle, const sm_band *b, const int32_t *disp, const uint8_t *edge,            \
		const T *const p[4], int64_t x, int comps) {                                                                    \
		int rgba = b->step[0] == 4;                                                                                     \
		if (!inside(b, x) || comps > 3 || (rgba && sizeof(T) > 1) || b->shift[1] > 1) return 0;                         \
		int32_t lo, hi, room = (int32_t)b->min_range;                                                                   \
		range(b, disp, x, &lo, &hi);                                                                                    \
		if (hi - lo > 3 << 14 || room > 1 << 12) return 0;                                                              \
		int32_t mid = lo + (hi - lo) / 2;                                                                               \
		const __m256i m = _mm256_set1_epi32(mid);                                                                       \
		const __m128i below = _mm_set1_epi16((int16_t)(lo - room - mid));                                               \
		const __m128i above = _mm_set1_epi16((int16_t)(hi + room - mid));                                               \
		const __m128i zero = _mm_setzero_si128();                                                                       \
		const __m256i byte = _mm256_set1_epi32(255);                                                                    \
		__m256i w = _mm256_setzero_si256(), d = w, c[3] = {w, w, w};                                                    \
		int64_t at = x - 2;                                                                                             \
		for (int j = 0; j < 5; j++) {                                                                                   \
			int k = j < 2 ? 2 - j : j - 2;                                                                              \
			__m256i wide = _mm256_sub_epi32(_mm256_loadu_si256((const __m256i *)(disp + b->disp[j] + at)), m);          \
			__m128i v = _mm_packs_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));               \
			__m128i near = _mm_cmpgt_epi16(v, zero);                                                                    \
			__m128i out = _mm_or_si128(_mm_cmpgt_epi16(below, v), _mm_cmpgt_epi16(v, above));                           \
			__m128i dirty = _mm_cmpgt_epi16(plain8(edge + b->edge[j] + at), zero);                                      \
			__m128i wn = _mm_and_si128(near, load(weights[0][k]));                                                      \
			__m128i wf = _mm_andnot_si128(near, _mm_blendv_epi8(load(weights[0][k]), load(weights[1][k]), dirty));      \
			__m256i q = _mm256_set_m128i(_mm_andnot_si128(out, wn), _mm_andnot_si128(out, wf));                         \
			w = _mm256_add_epi16(w, q);                                                                                 \
			d = _mm256_add_epi32(d, _mm256_madd_epi16(q, twice(v)));                                                    \
			__m256i four = byte;                                                                                        \
			if (rgba) four = _mm256_loadu_si256((const __m256i *)(p[0] + b->row[0][j] + at * 4));                       \
			for (int i = 0; i < comps; i++) {                                                                           \
				__m128i u;                                                                                              \
				if (rgba) {                                                                                             \
					wide = _mm256_and_si256(_mm256_srli_epi32(four, 8 * i), byte);                                      \
					u = _mm_packs_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));               \
				} else if (b->shift[i])                                                                                 \
					u = HALVED(p[i] + b->row[i][j] + (at >> 1), (int)at & 1);                                           \
				else                                                                                                    \
					u = PLAIN(p[i] + b->row[i][j] + at);                                                                \
				c[i] = _mm256_add_epi32(c[i], _mm256_madd_epi16(q, twice(u)));                                          \
			}                                                                                                           \
		}                                                                                                               \
		w = _mm256_madd_epi16(w, _mm256_set1_epi16(1));                                                                 \
		if (sizeof(T) > 1)                                                                                              \
			for (int i = 0; i < 3; i++) c[i] = _mm256_add_epi32(c[i], _mm256_slli_epi32(w, 15));                        \
		w = _mm256_hadd_epi32(_mm256_hadd_epi32(w, d), _mm256_hadd_epi32(c[0], c[1]));                                  \
		c[2] = _mm256_hadd_epi32(c[2], c[2]), c[2] = _mm256_hadd_epi32(c[2], c[2]);                                     \
		means(&s[0], _mm256_castsi256_si128(w), _mm256_castsi256_si128(c[2]));                                          \
		means(&s[1], _mm256_extracti128_si256(w, 1), _mm256_extracti128_si256(c[2], 1));                                \
		*middle = mid;                                                                                                  \
		return 1;                                                                                                       \
	}

SUMS(sm_mix8_sums_avx2, uint8_t, plain8, halved8)
SUMS(sm_mix16_sums_avx2, uint16_t, plain16, halved16)
#endif

// The wide steps of the sweeps; see fill.c.
#ifndef SM_STEREO_FILL_WIDE_H
#define SM_STEREO_FILL_WIDE_H

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

static inline __attribute__((always_inline)) AVX2 void carry_avx2(const columns *s, int64_t x, int m, int32_t before, int32_t y,
	const float *keep, float *start, float *down, int32_t plane, const int up, const int n) {
	const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
	__m256i *row = (__m256i *)(s->row + x), rows = _mm256_loadu_si256(row);
	__m256 mine = _mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32(m), lanes)), share = _mm256_loadu_ps(keep);
	__m256 on = _mm256_castsi256_ps(_mm256_cmpeq_epi32(rows, _mm256_set1_epi32(before)));
	on = _mm256_andnot_ps(_mm256_cmp_ps(share, _mm256_set1_ps(1), _CMP_EQ_OQ), on);
	_mm256_storeu_si256(row, _mm256_blendv_epi8(rows, _mm256_set1_epi32(y), _mm256_castps_si256(mine)));
	for (int j = 0; j < n; j++) {
		float *to = s->mean + j * s->w + x, *own = start + j * plane, *kept = down + j * plane;
		__m256 mean = _mm256_loadu_ps(to), c = _mm256_loadu_ps(own);
		__m256 v = _mm256_blendv_ps(c, _mm256_add_ps(mean, _mm256_mul_ps(_mm256_sub_ps(c, mean), share)), on);
		_mm256_storeu_ps(to, _mm256_blendv_ps(mean, v, mine));
		if (!up)
			_mm256_storeu_ps(kept, v);
		else
			_mm256_storeu_ps(own, _mm256_mul_ps(_mm256_add_ps(_mm256_loadu_ps(kept), v), _mm256_set1_ps(0.5f)));
	}
}

// whole rounds LANES colours.
static inline AVX2 __m256i whole(const float *c) { return _mm256_cvttps_epi32(_mm256_add_ps(_mm256_loadu_ps(c), _mm256_set1_ps(0.5f))); }

// put8 and put16 draw the first m of LANES colours.
static inline AVX2 void put8_avx2(uint8_t *to, const float *c, int m) {
	__m256i v = whole(c);
	__m128i w = _mm_packus_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
	uint64_t q = (uint64_t)_mm_cvtsi128_si64(_mm_packus_epi16(w, w));
	if (m >= LANES) {
		memcpy(to, &q, 8);
		return;
	}
	if (m & 4) memcpy(to, &q, 4), to += 4, q >>= 32;
	if (m & 2) memcpy(to, &q, 2), to += 2, q >>= 16;
	if (m & 1) *to = (uint8_t)q;
}

static inline AVX2 void put16_avx2(uint16_t *to, const float *c, int m) {
	__m256i v = whole(c);
	__m128i w = _mm_packus_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
	if (m >= LANES) {
		_mm_storeu_si128((__m128i *)to, w);
		return;
	}
	if (m & 4) _mm_storel_epi64((__m128i *)to, w), to += 4, w = _mm_unpackhi_epi64(w, w);
	uint64_t q = (uint64_t)_mm_cvtsi128_si64(w);
	if (m & 2) memcpy(to, &q, 4), to += 2, q >>= 32;
	if (m & 1) *to = (uint16_t)q;
}
#endif

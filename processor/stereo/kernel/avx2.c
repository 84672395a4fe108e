// The wide loops of amd64; see wide.h and the portable ones.
#include "kernel.h"
#include "wide.h"

#ifdef SM_WIDE
#include <cpuid.h>
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

// sm_wide asks the processor once. Two threads asking at the same time write
// the same answer.
int sm_wide(void) {
	static int known;
	int k = __atomic_load_n(&known, __ATOMIC_RELAXED);
	if (k == 0) {
		unsigned a, b, c, d;
		k = 1;
		if (__get_cpuid(1, &a, &b, &c, &d) && (c >> 12 & c >> 27 & c >> 28 & 1)) { // FMA, OSXSAVE, AVX
			unsigned lo, hi;
			__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
			if ((lo & 6) == 6 && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1u << 5))) k = 2;
		}
		__atomic_store_n(&known, k, __ATOMIC_RELAXED);
	}
	return k == 2;
}

static inline AVX2 __m256i load(const int32_t *p) { return _mm256_loadu_si256((const __m256i *)p); }

static inline AVX2 void store(int32_t *p, __m256i v) { _mm256_storeu_si256((__m256i *)p, v); }

// range8 finds the least number of lo and the largest of hi.
static inline AVX2 sm_range range8(__m256i lo, __m256i hi) {
	__m128i l = _mm_min_epi32(_mm256_castsi256_si128(lo), _mm256_extracti128_si256(lo, 1));
	__m128i h = _mm_max_epi32(_mm256_castsi256_si128(hi), _mm256_extracti128_si256(hi, 1));
	h = _mm_xor_si128(h, _mm_set1_epi32(-1)); // of the complement the least
	l = _mm_min_epi32(_mm_unpacklo_epi32(l, h), _mm_unpackhi_epi32(l, h));
	l = _mm_min_epi32(l, _mm_shuffle_epi32(l, 0x4E));
	return (sm_range){_mm_cvtsi128_si32(l), ~_mm_extract_epi32(l, 1)};
}

AVX2 int64_t sm_displace_avx2(int32_t *dst, sm_range *ranges, const float *depth, int64_t n, float span, float off) {
	const __m256 s = _mm256_set1_ps(span), o = _mm256_set1_ps(off), one = _mm256_set1_ps(1), zero = _mm256_setzero_ps();
	const __m256 far = _mm256_set1_ps((float)SM_FARTHEST), near = _mm256_set1_ps(-(float)SM_FARTHEST);
	const __m256 half = _mm256_set1_ps(0.5f), sign = _mm256_set1_ps(-0.0f);
	const __m256i last = _mm256_set1_epi32(7);
	__m256i lo = _mm256_set1_epi32(INT32_MAX), hi = _mm256_set1_epi32(INT32_MIN), v = lo;
	int64_t x = 0;
	for (; x + SM_BLOCK <= n; x += SM_BLOCK) {
		__m256i lo1 = _mm256_set1_epi32(INT32_MAX), hi1 = _mm256_set1_epi32(INT32_MIN);
		if (x > 0) lo1 = hi1 = _mm256_permutevar8x32_epi32(v, last); // the column before
		for (int64_t i = x; i < x + SM_BLOCK; i += 8) {
			if (i % 16 == 0) _mm_prefetch((const char *)(depth + i + n), _MM_HINT_T0); // the next row
			__m256 d = _mm256_min_ps(_mm256_max_ps(_mm256_loadu_ps(depth + i), zero), one); // max takes 0 for not-a-number
			__m256 f = _mm256_add_ps(_mm256_mul_ps(d, s), o);
			f = _mm256_min_ps(_mm256_max_ps(f, near), far);
			__m256 below = _mm256_and_ps(_mm256_cmp_ps(f, zero, _CMP_LT_OQ), sign);
			v = _mm256_cvttps_epi32(_mm256_add_ps(f, _mm256_or_ps(half, below)));
			store(dst + i, v);
			lo1 = _mm256_min_epi32(lo1, v), hi1 = _mm256_max_epi32(hi1, v);
		}
		if (x > 0) {
			__m256i behind = _mm256_set1_epi32(dst[x]);
			ranges[x / SM_BLOCK - 1] = range8(_mm256_min_epi32(lo, behind), _mm256_max_epi32(hi, behind));
		}
		lo = lo1, hi = hi1;
	}
	if (x > 0) ranges[x / SM_BLOCK - 1] = range8(lo, hi);
	return x;
}

AVX2 int sm_edges_avx2(uint8_t *dst, const int32_t *up, const int32_t *mid, const int32_t *down, int32_t limit) {
	const __m256i lim = _mm256_set1_epi32(limit);
	__m256i found = _mm256_setzero_si256();
	for (int x = 0; x < SM_BLOCK; x += 8) {
		__m256i lo = load(mid + x), hi = lo;
		for (int i = x - 1; i <= x + 1; i++) {
			__m256i a = load(up + i), b = load(mid + i), c = load(down + i);
			lo = _mm256_min_epi32(lo, _mm256_min_epi32(a, _mm256_min_epi32(b, c)));
			hi = _mm256_max_epi32(hi, _mm256_max_epi32(a, _mm256_max_epi32(b, c)));
		}
		// Displacements are at most 1<<29: no overflow.
		__m256i e = _mm256_cmpgt_epi32(_mm256_sub_epi32(hi, lo), lim);
		found = _mm256_or_si256(found, e);
		__m128i w = _mm_packs_epi32(_mm256_castsi256_si128(e), _mm256_extracti128_si256(e, 1));
		_mm_storel_epi64((__m128i *)(dst + x), _mm_and_si128(_mm_packs_epi16(w, w), _mm_set1_epi8(1)));
	}
	return !_mm256_testz_si256(found, found);
}

AVX2 int64_t sm_flat_avx2(const sm_range *up, const sm_range *mid, const sm_range *down, int64_t k, int64_t n, int32_t limit) {
	const __m256i lim = _mm256_set1_epi32(limit);
	int64_t first = k;
	for (; k + 4 <= n; k += 4) {
		__m256i a = load(&up[k].lo), b = load(&mid[k].lo), c = load(&down[k].lo);
		__m256i lo = _mm256_min_epi32(a, _mm256_min_epi32(b, c)), hi = _mm256_max_epi32(a, _mm256_max_epi32(b, c));
		__m256i wide = _mm256_cmpgt_epi32(_mm256_sub_epi32(_mm256_srli_epi64(hi, 32), lo), lim); // in the lower half of each
		unsigned m = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(wide)) & 0x55;
		if (m) return k - first + __builtin_ctz(m) / 2;
	}
	return k - first;
}

AVX2 int64_t sm_next_hole_avx2(const int32_t *from, int64_t x, int64_t n) {
	const __m256i hole = _mm256_set1_epi32(SM_HOLE);
	for (; x + 32 <= n; x += 32) {
		__m256i a = _mm256_cmpeq_epi32(load(from + x), hole), b = _mm256_cmpeq_epi32(load(from + x + 8), hole);
		__m256i c = _mm256_cmpeq_epi32(load(from + x + 16), hole), d = _mm256_cmpeq_epi32(load(from + x + 24), hole);
		a = _mm256_or_si256(_mm256_or_si256(a, b), _mm256_or_si256(c, d));
		if (!_mm256_testz_si256(a, a)) break;
	}
	for (; x + 8 <= n; x += 8) {
		int m = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(load(from + x), hole)));
		if (m) return x + __builtin_ctz((unsigned)m);
	}
	return x;
}

AVX2 int64_t sm_before_avx2(const int32_t *from, int64_t t, int32_t step, int64_t n, int32_t d, int32_t limit, int mirror) {
	const __m256i columns = _mm256_setr_epi32(0, 256, 512, 768, 1024, 1280, 1536, 1792), hole = _mm256_set1_epi32(SM_HOLE);
	const __m256i flip = _mm256_set1_epi32(-mirror), least = _mm256_set1_epi32(d + limit);
	int64_t k = 0;
	for (; k + 8 <= n; k += 8) {
		int64_t x = step > 0 ? t + k : t - k - 7;
		__m256i s = load(from + x), v = _mm256_sub_epi32(s, _mm256_add_epi32(_mm256_set1_epi32((int32_t)(x * SM_ONE)), columns));
		v = _mm256_sub_epi32(_mm256_xor_si256(v, flip), flip);
		__m256i other = _mm256_or_si256(_mm256_cmpgt_epi32(least, v), _mm256_cmpeq_epi32(s, hole));
		if (!_mm256_testz_si256(other, other)) break;
	}
	return k;
}

AVX2 int64_t sm_subsample_avx2(int32_t *dst, const int32_t *from, int64_t n) {
	const __m256i hole = _mm256_set1_epi32(SM_HOLE);
	int64_t i = 0;
	for (; i + 8 < n; i += 8) {
		__m256 a = _mm256_castsi256_ps(load(from + 2 * i)), b = _mm256_castsi256_ps(load(from + 2 * i + 8));
		__m256i s = _mm256_permute4x64_epi64(_mm256_castps_si256(_mm256_shuffle_ps(a, b, 0x88)), 0xD8);
		// i<<8 + (s - i<<9)>>1 is s>>1, for the halves of i<<9 are whole.
		__m256i v = _mm256_srai_epi32(s, 1);
		_mm256_storeu_si256((__m256i *)(dst + i), _mm256_blendv_epi8(v, hole, _mm256_cmpeq_epi32(s, hole)));
	}
	return i;
}

// horner evaluates the spline of 16 numbers of 16 bits from q1 on; mulhrs(x, y<<k)
// is a rounded shift.
static inline AVX2 __m256i horner(__m256i q0, __m256i q1, __m256i q2, __m256i q3, __m256i f) {
	__m256i d = _mm256_sub_epi16(q1, q2);
	__m256i a = _mm256_add_epi16(_mm256_add_epi16(d, _mm256_slli_epi16(d, 1)), _mm256_sub_epi16(q3, q0));
	// 2p0 - 5p1 + 4p2 - p3 is 2p0 - p1 - 4d - p3.
	__m256i b = _mm256_sub_epi16(_mm256_sub_epi16(_mm256_slli_epi16(q0, 1), q1), _mm256_add_epi16(_mm256_slli_epi16(d, 2), q3));
	__m256i c = _mm256_sub_epi16(q2, q0);
	__m256i f7 = _mm256_slli_epi16(f, 7);
	__m256i t = _mm256_add_epi16(_mm256_slli_epi16(b, 2), _mm256_mulhrs_epi16(_mm256_slli_epi16(a, 2), f7));
	t = _mm256_add_epi16(_mm256_slli_epi16(c, 2), _mm256_mulhrs_epi16(t, f7));
	return _mm256_add_epi16(q1, _mm256_mulhrs_epi16(t, _mm256_slli_epi16(f, 4)));
}

// spline16 evaluates it from the nearer of p1 and p2.
static inline AVX2 __m256i spline16(__m256i p0, __m256i p1, __m256i p2, __m256i p3, __m256i f, __m256i swap) {
	__m256i q0 = _mm256_blendv_epi8(p0, p3, swap), q1 = _mm256_blendv_epi8(p1, p2, swap);
	__m256i q2 = _mm256_blendv_epi8(p2, p1, swap), q3 = _mm256_blendv_epi8(p3, p0, swap);
	return horner(q0, q1, q2, q3, _mm256_blendv_epi8(f, _mm256_sub_epi16(_mm256_set1_epi16(SM_ONE), f), swap));
}

static inline AVX2 __m256i widen(const uint8_t *p) { return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)p)); }

static inline AVX2 __m256i widen2(const uint8_t *a, const uint8_t *b) {
	return _mm256_cvtepu8_epi16(_mm_unpacklo_epi64(_mm_loadl_epi64((const __m128i *)a), _mm_loadl_epi64((const __m128i *)b)));
}

// gently8 draws sixteen samples whose sources are as many neighbours, from p on,
// and a fraction f behind them.
static inline AVX2 __m256i gently8(const uint8_t *p, __m256i f, __m256i half) {
	__m256i swap = _mm256_cmpgt_epi16(f, half), p0 = widen(p), p1 = widen(p + 1), p2 = widen(p + 2), p3 = widen(p + 3);
	int some = _mm256_movemask_epi8(swap);
	if (some == 0) return horner(p0, p1, p2, p3, f);
	if (some == -1) return horner(p3, p2, p1, p0, _mm256_sub_epi16(_mm256_set1_epi16(SM_ONE), f));
	return spline16(p0, p1, p2, p3, f, swap);
}

AVX2 int64_t sm_sample8_avx2(uint8_t *dst, const uint8_t *src, const int32_t *from, int64_t n, int mirror) {
	const __m256i zero = _mm256_setzero_si256(), low = _mm256_set1_epi32(SM_ONE - 1), byte = _mm256_set1_epi32(255);
	const __m256i step0 = _mm256_setr_epi32(0, 256, 512, 768, 1024, 1280, 1536, 1792);
	const __m256i step1 = _mm256_add_epi32(step0, _mm256_set1_epi32(8 * SM_ONE));
	const __m256i iota = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), twelve = _mm256_set1_epi32(12);
	const __m256i half = _mm256_set1_epi16((short)(SM_ONE / 2 - mirror));
	const uint8_t *base = src + SM_PAD - 1;
	int64_t i = 0;
	for (; i + 16 <= n; i += 16) {
		__m256i s0 = load(from + i), s1 = load(from + i + 8);
		__m256i u0 = _mm256_sub_epi32(s0, step0), u1 = _mm256_sub_epi32(s1, step1), u = _mm256_broadcastd_epi32(_mm256_castsi256_si128(u0));
		__m256i bend = _mm256_or_si256(_mm256_xor_si256(u0, u), _mm256_xor_si256(u1, u));
		if (_mm256_testz_si256(bend, _mm256_set1_epi32(-SM_ONE)) && from[i] >= 0) {
			const uint8_t *p = base + (from[i] >> SM_FRAC);
			__m256i f = _mm256_permute4x64_epi64(_mm256_packus_epi32(_mm256_and_si256(u0, low), _mm256_and_si256(u1, low)), 0xD8);
			if (_mm256_testz_si256(f, f)) { // moved by whole pixels
				_mm_storeu_si128((__m128i *)(dst + i), _mm_loadu_si128((const __m128i *)(p + 1)));
				continue;
			}
			__m256i v = gently8(p, f, half);
			v = _mm256_permute4x64_epi64(_mm256_packus_epi16(v, v), 0xD8);
			_mm_storeu_si128((__m128i *)(dst + i), _mm256_castsi256_si128(v));
			continue;
		}
		s0 = _mm256_max_epi32(s0, zero), s1 = _mm256_max_epi32(s1, zero);
		__m256i x0 = _mm256_srli_epi32(s0, SM_FRAC), x1 = _mm256_srli_epi32(s1, SM_FRAC);
		__m256i f = _mm256_permute4x64_epi64(_mm256_packus_epi32(_mm256_and_si256(s0, low), _mm256_and_si256(s1, low)), 0xD8);
		int32_t first = _mm_cvtsi128_si32(_mm256_castsi256_si128(x0)), ninth = _mm_cvtsi128_si32(_mm256_castsi256_si128(x1));
		__m256i far0 = _mm256_sub_epi32(x0, _mm256_set1_epi32(first)), far1 = _mm256_sub_epi32(x1, _mm256_set1_epi32(ninth));
		__m256i same = _mm256_and_si256(_mm256_cmpeq_epi32(far0, iota), _mm256_cmpeq_epi32(far1, iota));
		__m256i p0, p1, p2, p3;
		if (_mm256_movemask_epi8(same) == -1) { // two times eight neighbours in the source
			const uint8_t *a = base + first, *b = base + ninth;
			p0 = widen2(a, b), p1 = widen2(a + 1, b + 1), p2 = widen2(a + 2, b + 2), p3 = widen2(a + 3, b + 3);
		} else if (first <= n - 12 && ninth <= n - 12 && _mm256_movemask_epi8(_mm256_cmpeq_epi32(_mm256_max_epu32(_mm256_max_epu32(far0, far1), twelve), twelve)) == -1) {
			// Each eight and their neighbours are among sixteen samples, as on most others.
			__m256i p = _mm256_set_m128i(_mm_loadu_si128((const __m128i *)(base + ninth)), _mm_loadu_si128((const __m128i *)(base + first)));
			__m256i at = _mm256_permute4x64_epi64(_mm256_packs_epi32(far0, far1), 0xD8);
			at = _mm256_or_si256(at, _mm256_set1_epi16(INT16_MIN)); // upper bytes zero
			p0 = _mm256_shuffle_epi8(p, at), p1 = _mm256_shuffle_epi8(p, _mm256_add_epi16(at, _mm256_set1_epi16(1)));
			p2 = _mm256_shuffle_epi8(p, _mm256_add_epi16(at, _mm256_set1_epi16(2))), p3 = _mm256_shuffle_epi8(p, _mm256_add_epi16(at, _mm256_set1_epi16(3)));
		} else {
			__m256i g0 = _mm256_i32gather_epi32((const int *)base, x0, 1), g1 = _mm256_i32gather_epi32((const int *)base, x1, 1);
#define TAP(k) _mm256_permute4x64_epi64(_mm256_packus_epi32(_mm256_and_si256(_mm256_srli_epi32(g0, k), byte), _mm256_and_si256(_mm256_srli_epi32(g1, k), byte)), 0xD8)
			p0 = TAP(0), p1 = TAP(8), p2 = TAP(16), p3 = TAP(24);
#undef TAP
		}
		__m256i v = spline16(p0, p1, p2, p3, f, _mm256_cmpgt_epi16(f, half));
		v = _mm256_permute4x64_epi64(_mm256_packus_epi16(v, v), 0xD8);
		_mm_storeu_si128((__m128i *)(dst + i), _mm256_castsi256_si128(v));
	}
	return i;
}

AVX2 int64_t sm_sample8x4_avx2(uint8_t *dst, const uint8_t *src, const int32_t *from, int64_t n, int mirror) {
	const __m128i spread0 = _mm_setr_epi8(0, 1, 0, 1, 0, 1, 0, 1, 4, 5, 4, 5, 4, 5, 4, 5);
	const __m128i spread1 = _mm_setr_epi8(8, 9, 8, 9, 8, 9, 8, 9, 12, 13, 12, 13, 12, 13, 12, 13);
	const __m256i half = _mm256_set1_epi16((short)(SM_ONE / 2 - mirror));
	const uint8_t *base = src + (SM_PAD - 1) * 4;
	int64_t i = 0;
	for (; i + 4 <= n; i += 4) {
		__m128i s = _mm_max_epi32(_mm_loadu_si128((const __m128i *)(from + i)), _mm_setzero_si128());
		__m128i x = _mm_slli_epi32(_mm_srli_epi32(s, SM_FRAC), 2), f4 = _mm_and_si128(s, _mm_set1_epi32(SM_ONE - 1));
		__m128i a = _mm_loadu_si128((const __m128i *)(base + (uint32_t)_mm_extract_epi32(x, 0)));
		__m128i b = _mm_loadu_si128((const __m128i *)(base + (uint32_t)_mm_extract_epi32(x, 1)));
		__m128i c = _mm_loadu_si128((const __m128i *)(base + (uint32_t)_mm_extract_epi32(x, 2)));
		__m128i d = _mm_loadu_si128((const __m128i *)(base + (uint32_t)_mm_extract_epi32(x, 3)));
		__m128i ab = _mm_unpacklo_epi32(a, b), cd = _mm_unpacklo_epi32(c, d);
		__m128i ef = _mm_unpackhi_epi32(a, b), gh = _mm_unpackhi_epi32(c, d);
		__m256i p0 = _mm256_cvtepu8_epi16(_mm_unpacklo_epi64(ab, cd)), p1 = _mm256_cvtepu8_epi16(_mm_unpackhi_epi64(ab, cd));
		__m256i p2 = _mm256_cvtepu8_epi16(_mm_unpacklo_epi64(ef, gh)), p3 = _mm256_cvtepu8_epi16(_mm_unpackhi_epi64(ef, gh));
		__m256i f = _mm256_set_m128i(_mm_shuffle_epi8(f4, spread1), _mm_shuffle_epi8(f4, spread0));
		__m256i v = spline16(p0, p1, p2, p3, f, _mm256_cmpgt_epi16(f, half));
		v = _mm256_permute4x64_epi64(_mm256_packus_epi16(v, v), 0xD8);
		_mm_storeu_si128((__m128i *)(dst + i * 4), _mm256_castsi256_si128(v));
	}
	return i;
}

AVX2 int64_t sm_sample16_avx2(uint16_t *dst, const uint16_t *src, const int32_t *from, int64_t n, int32_t top, int mirror) {
	const __m256i zero = _mm256_setzero_si256(), low = _mm256_set1_epi32(SM_ONE - 1), one = _mm256_set1_epi32(SM_ONE);
	const __m256i half = _mm256_set1_epi32(SM_ONE / 2 - mirror), most = _mm256_set1_epi32(top);
	const __m256i iota = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), word = _mm256_set1_epi32(0xFFFF);
	const uint16_t *base = src + SM_PAD - 1;
	int64_t i = 0;
	for (; i + 8 <= n; i += 8) {
		__m256i s = _mm256_max_epi32(load(from + i), zero);
		__m256i x = _mm256_srli_epi32(s, SM_FRAC), f = _mm256_and_si256(s, low);
		int32_t first = _mm_cvtsi128_si32(_mm256_castsi256_si128(x));
		__m256i p0, p1, p2, p3;
		if (_mm256_movemask_epi8(_mm256_cmpeq_epi32(x, _mm256_add_epi32(_mm256_set1_epi32(first), iota))) == -1) {
			const uint16_t *p = base + first;
#define TAP(k) _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(p + k)))
			p0 = TAP(0), p1 = TAP(1), p2 = TAP(2), p3 = TAP(3);
#undef TAP
		} else {
			__m256i lo = _mm256_i32gather_epi32((const int *)base, x, 2), hi = _mm256_i32gather_epi32((const int *)(base + 2), x, 2);
			p0 = _mm256_and_si256(lo, word), p1 = _mm256_srli_epi32(lo, 16), p2 = _mm256_and_si256(hi, word), p3 = _mm256_srli_epi32(hi, 16);
		}
		__m256i swap = _mm256_cmpgt_epi32(f, half);
		__m256i q0 = _mm256_blendv_epi8(p0, p3, swap), q1 = _mm256_blendv_epi8(p1, p2, swap);
		__m256i q2 = _mm256_blendv_epi8(p2, p1, swap), q3 = _mm256_blendv_epi8(p3, p0, swap);
		f = _mm256_blendv_epi8(f, _mm256_sub_epi32(one, f), swap);
		__m256i d = _mm256_sub_epi32(q1, q2);
		__m256i a = _mm256_add_epi32(_mm256_add_epi32(d, _mm256_slli_epi32(d, 1)), _mm256_sub_epi32(q3, q0));
		__m256i b = _mm256_sub_epi32(_mm256_sub_epi32(_mm256_slli_epi32(q0, 1), q1), _mm256_add_epi32(_mm256_slli_epi32(d, 2), q3));
		__m256i c = _mm256_sub_epi32(q2, q0), round = _mm256_set1_epi32(128);
		__m256i t = _mm256_srai_epi32(_mm256_add_epi32(_mm256_mullo_epi32(_mm256_slli_epi32(a, 2), f), round), 8);
		t = _mm256_add_epi32(_mm256_slli_epi32(b, 2), t);
		t = _mm256_add_epi32(_mm256_slli_epi32(c, 2), _mm256_srai_epi32(_mm256_add_epi32(_mm256_mullo_epi32(t, f), round), 8));
		t = _mm256_srai_epi32(_mm256_add_epi32(_mm256_mullo_epi32(t, f), _mm256_set1_epi32(1024)), 11);
		__m256i v = _mm256_min_epi32(_mm256_max_epi32(_mm256_add_epi32(q1, t), zero), most);
		v = _mm256_permute4x64_epi64(_mm256_packus_epi32(v, v), 0xD8);
		_mm_storeu_si128((__m128i *)(dst + i), _mm256_castsi256_si128(v));
	}
	return i;
}

static inline AVX2 __m256i backwards(__m256i v) { return _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(7, 6, 5, 4, 3, 2, 1, 0)); }

// quotient divides pixels by a gap.
static inline AVX2 __m256i quotient(__m256i r, __m256i gap) {
	// The quotient of such small numbers is never rounded up to a whole one.
	return _mm256_cvttps_epi32(_mm256_div_ps(_mm256_cvtepi32_ps(_mm256_slli_epi32(r, SM_FRAC)), _mm256_cvtepi32_ps(gap)));
}

static inline __attribute__((always_inline)) AVX2 int32_t paint8(int32_t *from, const int32_t *disp, int32_t n, int32_t x, const int mirror) {
	const __m256i step = _mm256_setr_epi32(0, 256, 512, 768, 1024, 1280, 1536, 1792), one = _mm256_set1_epi32(SM_ONE);
	const __m256i gaps = _mm256_set1_epi32(2 * SM_ONE), low = _mm256_set1_epi32(SM_ONE - 1), eight = _mm256_set1_epi32(8 * SM_ONE);
	const __m256i last = _mm256_set1_epi32(n - 1), end = _mm256_set1_epi32((n - 1) << SM_FRAC);
	for (; x + 8 < n; x += 8) {
		const int32_t *p = mirror ? disp + n - 9 - x : disp + x;
		__m256i d0 = load(p + mirror), d1 = load(p + !mirror);
		// How far the targets next to the images are from the sources, but for the
		// fraction: where that is one number, the nine reach one target each.
		__m256i k0 = _mm256_sub_epi32(low, d0), k1 = _mm256_sub_epi32(low, d1);
		__m256i k = _mm256_broadcastd_epi32(_mm256_castsi256_si128(k0));
		if (_mm256_testz_si256(_mm256_or_si256(_mm256_xor_si256(k0, k), _mm256_xor_si256(k1, k)), _mm256_set1_epi32(-SM_ONE))) {
			int32_t to = _mm_cvtsi128_si32(_mm256_castsi256_si128(k)) >> SM_FRAC;
			if (x + to < 0 || x + to + 8 >= n) return x;
			__m256i at = _mm256_add_epi32(_mm256_set1_epi32((mirror ? n - 8 - x : x) << SM_FRAC), step);
			int32_t *o = from + (mirror ? n - 8 - x - to : x + to);
			if (p[0] == p[8] && _mm256_movemask_epi8(_mm256_cmpeq_epi32(d0, d1)) == -1) { // and nine of one displacement
				__m256i part = _mm256_and_si256(d0, low);
				at = mirror ? _mm256_sub_epi32(at, part) : _mm256_add_epi32(at, part);
				store(o, at);
				// And as many more as stay so.
				for (int32_t room = (n - 9 - x - (to > 0 ? to : 0)) / 8; room > 0; room--) {
					p += mirror ? -8 : 8, o += mirror ? -8 : 8;
					if (_mm256_movemask_epi8(_mm256_cmpeq_epi32(load(p + !mirror), d0)) != -1) break;
					at = mirror ? _mm256_sub_epi32(at, eight) : _mm256_add_epi32(at, eight);
					store(o, at);
					x += 8;
				}
				continue;
			}
			__m256i q = quotient(_mm256_sub_epi32(_mm256_or_si256(k, low), k0), _mm256_add_epi32(_mm256_sub_epi32(d0, d1), one));
			store(o, mirror ? _mm256_sub_epi32(at, q) : _mm256_add_epi32(at, q));
			continue;
		}
		if (mirror) d0 = backwards(d0), d1 = backwards(d1);
		__m256i at = _mm256_add_epi32(_mm256_set1_epi32(x << SM_FRAC), step);
		__m256i p0 = _mm256_sub_epi32(at, d0), gap = _mm256_add_epi32(_mm256_sub_epi32(d0, d1), one), p1 = _mm256_add_epi32(p0, gap);
		__m256i t = _mm256_srai_epi32(_mm256_add_epi32(p0, low), SM_FRAC), t8 = _mm256_slli_epi32(t, SM_FRAC);
		// Pairs up to the first that is torn or folded: 0 < gap < two pixels.
		__m256i ok = _mm256_andnot_si256(_mm256_cmpgt_epi32(_mm256_set1_epi32(1), gap), _mm256_cmpgt_epi32(gaps, gap));
		int bad = ~_mm256_movemask_ps(_mm256_castsi256_ps(ok)) & 255, pairs = bad ? __builtin_ctz((unsigned)bad) : 8;
		int32_t tt[8] __attribute__((aligned(32))), ss[8] __attribute__((aligned(32)));
		_mm256_store_si256((__m256i *)tt, t);
		if (pairs == 0 || tt[0] < 0 || tt[pairs - 1] + 1 >= n) return x;
		int extra = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(p1, _mm256_add_epi32(t8, one)))) & ((1 << pairs) - 1);
		int miss = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(t8, p1)));
		__m256i r = _mm256_sub_epi32(t8, p0), s = _mm256_add_epi32(at, quotient(r, gap));
		if (mirror) {
			s = _mm256_sub_epi32(end, s);
			_mm256_store_si256((__m256i *)tt, _mm256_sub_epi32(last, t));
		}
		_mm256_store_si256((__m256i *)ss, s);
		// Pairs between two targets reach none; what they write is written again by
		// the next pair, except behind the last that reaches one.
		if (pairs < 8 || miss >> 7) {
			for (int i = 0; i < pairs; i++)
				if (!(miss >> i & 1)) from[tt[i]] = ss[i];
		} else {
			from[tt[0]] = ss[0], from[tt[1]] = ss[1], from[tt[2]] = ss[2], from[tt[3]] = ss[3];
			from[tt[4]] = ss[4], from[tt[5]] = ss[5], from[tt[6]] = ss[6], from[tt[7]] = ss[7];
		}
		if (extra) {
			s = _mm256_add_epi32(at, quotient(_mm256_add_epi32(r, one), gap));
			if (mirror) s = _mm256_sub_epi32(end, s);
			_mm256_store_si256((__m256i *)ss, s);
			for (; extra; extra &= extra - 1) {
				int i = __builtin_ctz((unsigned)extra);
				from[tt[i] + (mirror ? -1 : 1)] = ss[i];
			}
		}
		if (pairs < 8) return x + pairs;
	}
	return x;
}

AVX2 int32_t sm_paint_avx2(int32_t *from, const int32_t *disp, int32_t n, int mirror, int32_t x) {
	return mirror ? paint8(from, disp, n, x, 1) : paint8(from, disp, n, x, 0);
}
#endif

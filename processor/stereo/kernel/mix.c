// Mixed pixels; see refMix in ref.go.
#include <math.h>
#include <string.h>

#include "kernel.h"
#include "wide.h"

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

static const int32_t weight[2][9] = {{64, 57, 43, 0, 21, 16, 0, 0, 7}, {6, 6, 4, 0, 2, 2, 0, 0, 1}};

enum { MIN_CONTRAST = 300, MIX_NOISE = 5 };

// side sums up one of the two surfaces at a silhouette.
typedef struct {
	int32_t w;
	int64_t d;    // displacement less the middle of the two: sum, at last mean
	int32_t c[4]; // the same of the components, at last in sixteenths
} side;

// How the components looked at lie: in planes of the same width, the second and
// the third in planes of half of it, or four to a pixel.
enum { PLANES, HALF, INTERLEAVED, OTHER };

static int layout_of(const sm_band *b, size_t size) {
	if (b->step[0] == 4) return b->comps == 3 && size == 1 ? INTERLEAVED : OTHER;
	if (b->comps == 1) return PLANES;
	if (b->comps != 3 || b->shift[1] > 1) return OTHER;
	return b->shift[1] ? HALF : PLANES;
}

#ifdef SM_WIDE
#include "mix_wide.h"
#endif
#define no_sums(...) 0

#define MIX(NAME, T, TARGET, SUMS)                                                                                     \
	static inline int32_t NAME##_at(const sm_band *b, const T *const p[4], int c, int j, int64_t x) {                  \
		return p[c][b->row[c][j] + (x >> b->shift[c]) * b->step[c]];                                                   \
	}                                                                                                                  \
	static inline __attribute__((always_inline)) TARGET int NAME##_one(sm_mixed *out, const sm_band *b,                \
		const int32_t *disp, const uint8_t *edge, const T *const p[4], int64_t x, const int comps, const int layout) { \
		int64_t x0 = MAX(x - 2, 0), x1 = MIN(x + 2, b->w - 1);                                                         \
		int32_t d = disp[b->disp[2] + x], mid;                                                                         \
		side s[2];                                                                                                     \
		if (!SUMS(s, &mid, b, disp, edge, p, x, comps, layout)) {                                                      \
			int32_t lo = d, hi = d;                                                                                    \
			for (int j = 1; j <= 3; j++)                                                                               \
				for (int64_t i = MAX(x - 1, 0); i <= MIN(x + 1, b->w - 1); i++) {                                      \
					int32_t v = disp[b->disp[j] + i];                                                                  \
					lo = MIN(lo, v), hi = MAX(hi, v);                                                                  \
				}                                                                                                      \
			mid = lo + (hi - lo) / 2;                                                                                  \
			int32_t least = lo - (int32_t)b->min_range, most = hi + (int32_t)b->min_range;                             \
			memset(s, 0, sizeof s);                                                                                    \
			for (int j = 0; j < 5; j++) {                                                                              \
				const int32_t *dr = disp + b->disp[j];                                                                 \
				const uint8_t *er = edge + b->edge[j];                                                                 \
				for (int64_t i = x0; i <= x1; i++) {                                                                   \
					int32_t v = dr[i];                                                                                 \
					if (v < least || v > most) continue;                                                               \
					int near = v > mid;                                                                                \
					int32_t w = weight[near ? 0 : er[i]][(i - x) * (i - x) + (j - 2) * (j - 2)];                       \
					side *q = &s[near];                                                                                \
					q->w += w;                                                                                         \
					q->d += (int64_t)w * (v - mid);                                                                    \
					for (int c = 0; c < comps; c++) q->c[c] += w * NAME##_at(b, p, c, j, i);                           \
				}                                                                                                      \
			}                                                                                                          \
			for (side *q = s; q < s + 2 && s[0].w && s[1].w; q++) {                                                    \
				q->d /= q->w;                                                                                          \
				for (int c = 0; c < comps; c++) q->c[c] = q->c[c] * 16 / q->w;                                         \
			}                                                                                                          \
		}                                                                                                              \
		if (s[0].w == 0 || s[1].w == 0) return 0;                                                                      \
		int64_t dot = 0, con = 0;                                                                                      \
		for (int c = 0; c < comps; c++) {                                                                              \
			out->f[c] = s[1].c[c];                                                                                     \
			out->b[c] = s[0].c[c];                                                                                     \
			if (c == 3) break;                                                                                         \
			int64_t e = out->f[c] - out->b[c];                                                                         \
			con += e * e;                                                                                              \
			dot += e * (NAME##_at(b, p, c, 2, x) * 16 - out->b[c]);                                                    \
		}                                                                                                              \
		if (b->luma) con *= 3, dot *= 3;                                                                               \
		int64_t scale = (int64_t)1 << (b->bits - 8);                                                                   \
		if (con < MIN_CONTRAST * 256 * scale * scale) return 0;                                                        \
		int64_t noise = 26, part = 256 * 16 * MIX_NOISE * scale;                                                       \
		if (con < part * part / (26 * 26)) noise = MAX(noise, (int64_t)((double)part / sqrt((double)con)));            \
		if (256 - 2 * noise < 51) return 0;                                                                            \
		int near = d > mid;                                                                                            \
		if (near ? dot * 256 >= (256 - noise) * con : dot * 256 < (noise + 1) * con) return 0; /* a is 256 or 0 */     \
		int64_t a = (dot * 256 / con - noise) * 256 / (256 - 2 * noise);                                               \
		a = MIN(MAX(a, 0), 256);                                                                                       \
		out->x = (int32_t)x, out->a = (int32_t)a, out->near = out->far = d;                                            \
		if (near)                                                                                                      \
			out->far = mid + (int32_t)s[0].d;                                                                          \
		else                                                                                                           \
			out->near = mid + (int32_t)s[1].d;                                                                         \
		return 1;                                                                                                      \
	}                                                                                                                  \
	static inline __attribute__((always_inline)) TARGET int64_t NAME##_row(sm_mixed *out, const sm_band *b,             \
		const int32_t *disp, const uint8_t *edge, const T *const p[4], const int comps, const int layout) {            \
		const uint8_t *e = edge + b->edge[2];                                                                          \
		int64_t n = 0, x = 0;                                                                                          \
		for (uint64_t four[4]; x + 32 <= b->w; x += 32) {                                                              \
			memcpy(four, e + x, 32);                                                                                   \
			if (!(four[0] | four[1] | four[2] | four[3])) continue;                                                    \
			for (int c = 0; c < comps; c++) { /* silhouettes go on in the row that is looked at next */                \
				const T *next = p[c] + b->next[c] + (x >> b->shift[c]) * b->step[c];                                   \
				__builtin_prefetch(next);                                                                              \
				__builtin_prefetch(next + (32 >> b->shift[c]) * b->step[c]);                                           \
			}                                                                                                          \
			for (int64_t i = 0; i < 32; i += 8)                                                                        \
				for (uint64_t m = four[i / 8]; m; m &= m - 1) /* of little-endian bytes of 0 or 1 */                   \
					n += NAME##_one(&out[n], b, disp, edge, p, x + i + __builtin_ctzll(m) / 8, comps, layout);         \
		}                                                                                                              \
		for (; x < b->w; x++)                                                                                          \
			if (e[x]) n += NAME##_one(&out[n], b, disp, edge, p, x, comps, layout);                                    \
		return n;                                                                                                      \
	}                                                                                                                  \
	static TARGET int64_t NAME(sm_mixed *out, const sm_band *b, const int32_t *disp, const uint8_t *edge,              \
		const T *const p[4]) {                                                                                         \
		int layout = layout_of(b, sizeof(T));                                                                          \
		if (layout == HALF) return NAME##_row(out, b, disp, edge, p, 3, HALF);                                         \
		if (layout == INTERLEAVED) return NAME##_row(out, b, disp, edge, p, 3, INTERLEAVED);                           \
		if (layout == PLANES && b->comps == 3) return NAME##_row(out, b, disp, edge, p, 3, PLANES);                    \
		if (layout == PLANES) return NAME##_row(out, b, disp, edge, p, 1, PLANES);                                     \
		return NAME##_row(out, b, disp, edge, p, (int)b->comps, OTHER);                                                \
	}

MIX(mix8, uint8_t, , no_sums)
MIX(mix16, uint16_t, , no_sums)
#ifdef SM_WIDE
MIX(mix8_avx2, uint8_t, AVX2, sums8)
MIX(mix16_avx2, uint16_t, AVX2, sums16)
#else
#define sm_wide() 0
#define mix8_avx2 mix8
#define mix16_avx2 mix16
#endif

int64_t sm_mix8(sm_mixed *out, const sm_band *b, const int32_t *disp, const uint8_t *edge, const uint8_t *p0, const uint8_t *p1,
	const uint8_t *p2, const uint8_t *p3) {
	const uint8_t *const p[4] = {p0, p1, p2, p3};
	return sm_wide() ? mix8_avx2(out, b, disp, edge, p) : mix8(out, b, disp, edge, p);
}

int64_t sm_mix16(sm_mixed *out, const sm_band *b, const int32_t *disp, const uint8_t *edge, const uint16_t *p0, const uint16_t *p1,
	const uint16_t *p2, const uint16_t *p3) {
	const uint16_t *const p[4] = {p0, p1, p2, p3};
	return sm_wide() ? mix16_avx2(out, b, disp, edge, p) : mix16(out, b, disp, edge, p);
}

// Mixed pixels; see refMix in ref.go.
#include <math.h>
#include <string.h>

#include "kernel.h"
#include "wide.h"

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

static const int32_t weight[2][9] = {{64, 57, 43, 0, 21, 16, 0, 0, 7}, {6, 6, 4, 0, 2, 2, 0, 0, 1}};

enum { MIN_CONTRAST = 300, MIX_NOISE = 5 };

typedef sm_side side;

// WIDE_SUMS is whether the sums were made by the wide loop.
#ifdef SM_WIDE
#define WIDE_SUMS(NAME, s, mid, b, disp, edge, p, x, comps) \
	(sm_wide() && NAME##_sums_avx2(s, mid, b, disp, edge, p, x, comps))
#else
#define WIDE_SUMS(...) 0
#endif

#define MIX(NAME, T)                                                                                                   \
	static inline int32_t NAME##_at(const sm_band *b, const T *const p[4], int c, int j, int64_t x) {                  \
		return p[c][b->row[c][j] + (x >> b->shift[c]) * b->step[c]];                                                   \
	}                                                                                                                  \
	static inline __attribute__((always_inline)) int NAME##_one(sm_mixed *out, const sm_band *b, const int32_t *disp,  \
		const uint8_t *edge, const T *const p[4], int64_t x, const int comps) {                                        \
		int64_t x0 = MAX(x - 2, 0), x1 = MIN(x + 2, b->w - 1);                                                         \
		int32_t d = disp[b->disp[2] + x], mid;                                                                         \
		side s[2];                                                                                                     \
		if (!WIDE_SUMS(NAME, s, &mid, b, disp, edge, p, x, comps)) {                                                   \
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
		int64_t a = (dot * 256 / con - noise) * 256 / (256 - 2 * noise);                                               \
		a = MIN(MAX(a, 0), 256);                                                                                       \
		int near = d > mid;                                                                                            \
		if (a == (near ? 256 : 0)) return 0;                                                                           \
		out->x = (int32_t)x, out->a = (int32_t)a, out->near = out->far = d;                                            \
		if (near)                                                                                                      \
			out->far = mid + (int32_t)s[0].d;                                                                          \
		else                                                                                                           \
			out->near = mid + (int32_t)s[1].d;                                                                         \
		return 1;                                                                                                      \
	}                                                                                                                  \
	int64_t NAME(sm_mixed *out, const sm_band *b, const int32_t *disp, const uint8_t *edge, const T *p0, const T *p1,  \
		const T *p2, const T *p3) {                                                                                    \
		const T *const p[4] = {p0, p1, p2, p3};                                                                        \
		const uint8_t *e = edge + b->edge[2];                                                                          \
		int64_t n = 0;                                                                                                 \
		for (int64_t x = 0; x < b->w; x++) {                                                                           \
			uint64_t eight;                                                                                            \
			while (x + 8 <= b->w) {                                                                                    \
				memcpy(&eight, e + x, 8);                                                                              \
				if (eight) break;                                                                                      \
				x += 8;                                                                                                \
			}                                                                                                          \
			if (x >= b->w || !e[x]) continue;                                                                          \
			n += b->comps == 3 ? NAME##_one(&out[n], b, disp, edge, p, x, 3)                                           \
				: b->comps == 1 ? NAME##_one(&out[n], b, disp, edge, p, x, 1)                                          \
								: NAME##_one(&out[n], b, disp, edge, p, x, 4);                                         \
		}                                                                                                              \
		return n;                                                                                                      \
	}

MIX(sm_mix8, uint8_t)
MIX(sm_mix16, uint16_t)

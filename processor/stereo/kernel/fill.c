// The fill of holes; see fill_ref.go.
#include "fill.h"

#include <math.h>
#include <stddef.h>

#include "wide.h"

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

static const float spread = 2.5f;

// trail remembers which runs were met last: neighbours meet the same ones.
typedef struct {
	const sm_fill_run *met[2];
	int64_t row[2];
} trail;

static const sm_fill_run *border(const sm_fill *g, const sm_fill_run *runs, const int32_t *first, trail *t, const sm_fill_run *q,
	int32_t x, int64_t y) {
	if (y < 0 || y >= g->h) return NULL;
	const sm_fill_run *m = t->met[y & 1];
	if (!m || t->row[y & 1] != y || x < m->x0 || x > m->x1) {
		int32_t i = first[y], end = first[y + 1];
		while (end - i > 8) { // runs are in order
			int32_t half = i + (end - i) / 2;
			if (runs[half].x1 < x)
				i = half + 1;
			else
				end = half + 1;
		}
		while (i < end && runs[i].x1 < x) i++;
		if (i == end || runs[i].x0 > x) return NULL;
		t->met[y & 1] = m = &runs[i], t->row[y & 1] = y;
	}
	return m->side == q->side && m->clean ? m : NULL;
}

void sm_fill_begin(const sm_fill *g, const sm_fill_run *runs, const int32_t *first, float *start, float *keep, int64_t y0, int64_t y1) {
	const int n = (int)g->n;
	const float rows = (float)(1 << g->shift_y);
	for (const sm_fill_run *q = runs + first[y0]; q < runs + first[y1]; q++) {
		const int32_t len = q->x1 - q->x0 + 1;
		trail t = {{NULL, NULL}, {0, 0}};
		for (int32_t k = 0; k < len; k++) {
			float *to = start + (int64_t)(q->at + k) * n;
			if (q->from == 0) {
				float part = (float)(k + 1) / (float)(len + 1);
				for (int j = 0; j < n; j++) to[j] = q->a[j] + (q->b[j] - q->a[j]) * part;
				keep[q->at + k] = 1;
				continue;
			}
			float c[4] = {q->a[0], q->a[1], q->a[2], q->a[3]}, follow = 0;
			int32_t d = (q->from < 0 ? k + 1 : len - k) * (1 << g->shift_x);
			if (q->other >= 0) { // in proportion to the distances of both sides
				int32_t o = (q->x0 + k) * (1 << g->shift_x) - q->other;
				float part = (float)d / (float)(d + MAX(o, -o));
				for (int j = 0; j < n; j++) c[j] += (q->b[j] - c[j]) * part;
			}
			if (q->coherent > 0) {
				float at = ((float)q->y + q->fall * (float)d) / rows, low = floorf(at), part = at - low;
				const sm_fill_run *a = border(g, runs, first, &t, q, q->x0 + k, (int64_t)low);
				const sm_fill_run *b = a ? border(g, runs, first, &t, q, q->x0 + k, (int64_t)low + 1) : NULL;
				if (b) {
					follow = q->coherent;
					for (int j = 0; j < n; j++) {
						float v = a->a[j] + (b->a[j] - a->a[j]) * part;
						c[j] += (v - c[j]) * follow;
					}
				}
			}
			for (int j = 0; j < n; j++) to[j] = c[j];
			keep[q->at + k] = 1 / (1 + spread * (float)(d - 1) * (1 - follow));
		}
	}
}

#define INLINE static inline __attribute__((always_inline))

// shares gives each component its pixel's share, 1 where the running mean
// begins, and takes the columns to row y.
INLINE void shares(float *restrict share, int32_t *restrict row, const float *restrict keep, int64_t n, int32_t before, int32_t y,
	const int comps) {
	for (int64_t k = 0; k < n; k++) {
		float v = row[k] != before ? 1.0f : keep[k];
		for (int c = 0; c < comps; c++) share[k * comps + c] = v;
	}
	for (int64_t k = 0; k < n; k++) row[k] = y;
}

INLINE void down_row(float *restrict mean, float *restrict down, const float *restrict start, const float *restrict share, int64_t n) {
	for (int64_t k = 0; k < n; k++) {
		float m = mean[k] + (start[k] - mean[k]) * share[k];
		mean[k] = down[k] = share[k] == 1.0f ? start[k] : m;
	}
}

INLINE void up_row(float *restrict mean, const float *restrict down, float *restrict start, const float *restrict share, int64_t n) {
	for (int64_t k = 0; k < n; k++) {
		float m = mean[k] + (start[k] - mean[k]) * share[k];
		mean[k] = m = share[k] == 1.0f ? start[k] : m;
		start[k] = (down[k] + m) / 2;
	}
}

// CHUNK is how many pixels of a run are carried at a time.
enum { CHUNK = 64 };

#define SWEEP(NAME, T, TARGET)                                                                                               \
	INLINE TARGET void NAME##_comps(const sm_fill *g, const sm_fill_run *runs, const int32_t *first, float *start,           \
		float *down, const float *keep, float *mean, int32_t *row, int64_t x0, int64_t x1, T *const p[4], const int comps) { \
		float share[CHUNK * 4];                                                                                              \
		for (int step = 1; step >= -1; step -= 2) {                                                                          \
			for (int64_t x = x0; x < x1; x++) row[x] = -2;                                                                   \
			for (int64_t i = 0; i < g->h; i++) {                                                                             \
				int64_t y = step > 0 ? i : g->h - 1 - i;                                                                     \
				for (const sm_fill_run *q = runs + first[y]; q < runs + first[y + 1]; q++) {                                 \
					for (int64_t x = MAX(q->x0, x0), end = MIN(q->x1 + 1, x1); x < end; x += CHUNK) {                        \
						int64_t n = MIN(end - x, CHUNK), at = q->at + x - q->x0;                                             \
						float *s = start + at * comps, *d = down + at * comps, *m = mean + x * comps;                        \
						shares(share, row + x, keep + at, n, (int32_t)(y - step), (int32_t)y, comps);                        \
						if (step > 0) {                                                                                      \
							down_row(m, d, s, share, n * comps);                                                             \
							continue;                                                                                        \
						}                                                                                                    \
						up_row(m, d, s, share, n * comps);                                                                   \
						if (g->step > 1) {                                                                                   \
							T *to = p[0] + y * g->stride + x * comps;                                                        \
							for (int64_t k = 0; k < n * comps; k++) to[k] = (T)(int32_t)(s[k] + 0.5f);                       \
							continue;                                                                                        \
						}                                                                                                    \
						for (int c = 0; c < comps; c++) {                                                                    \
							T *to = p[c] + y * g->stride + x;                                                                \
							for (int64_t k = 0; k < n; k++) to[k] = (T)(int32_t)(s[k * comps + c] + 0.5f);                   \
						}                                                                                                    \
					}                                                                                                        \
				}                                                                                                            \
			}                                                                                                                \
		}                                                                                                                    \
	}                                                                                                                        \
	TARGET static void NAME(const sm_fill *g, const sm_fill_run *runs, const int32_t *first, float *start, float *down,      \
		const float *keep, float *mean, int32_t *row, int64_t x0, int64_t x1, T *const p[4]) {                               \
		if (g->n == 1)                                                                                                       \
			NAME##_comps(g, runs, first, start, down, keep, mean, row, x0, x1, p, 1);                                        \
		else if (g->n == 2)                                                                                                  \
			NAME##_comps(g, runs, first, start, down, keep, mean, row, x0, x1, p, 2);                                        \
		else                                                                                                                 \
			NAME##_comps(g, runs, first, start, down, keep, mean, row, x0, x1, p, (int)g->n);                                \
	}

SWEEP(sweep8, uint8_t, )
SWEEP(sweep16, uint16_t, )
#ifdef SM_WIDE
SWEEP(sweep8_avx2, uint8_t, __attribute__((target("avx2"))))
SWEEP(sweep16_avx2, uint16_t, __attribute__((target("avx2"))))
#else
#define sweep8_avx2 sweep8
#define sweep16_avx2 sweep16
#define sm_wide() 0
#endif

#define CHOOSE(NAME, T)                                                                                                              \
	void sm_fill_##NAME(const sm_fill *g, const sm_fill_run *runs, const int32_t *first, float *start, float *down, const float *keep, \
		float *mean, int32_t *row, int64_t x0, int64_t x1, T *p0, T *p1, T *p2, T *p3) {                                             \
		T *const p[4] = {p0, p1, p2, p3};                                                                                            \
		if (sm_wide())                                                                                                               \
			NAME##_avx2(g, runs, first, start, down, keep, mean, row, x0, x1, p);                                                    \
		else                                                                                                                         \
			NAME(g, runs, first, start, down, keep, mean, row, x0, x1, p);                                                           \
	}

CHOOSE(sweep8, uint8_t)
CHOOSE(sweep16, uint16_t)

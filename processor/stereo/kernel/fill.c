// The fill of holes; see fill_ref.go.
#include "fill.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "wide.h"

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define INLINE static inline __attribute__((always_inline))

// LANES pixels of a run are done at a time, in loops of that length for the
// compiler to make vectors of; a run's room is a multiple of it.
enum { LANES = SM_FILL_LANES };

static const float spread = 2.5f;

INLINE int32_t room(const sm_fill_run *q) { return (q->x1 - q->x0 + LANES) / LANES * LANES; }

// trail remembers which runs were met last: neighbours meet the same ones.
typedef struct {
	const sm_fill_run *met[2];
	int64_t row[2];
} trail;

INLINE const sm_fill_run *border(const sm_fill *g, const sm_fill_run *runs, const int32_t *first, trail *t, const sm_fill_run *q,
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

// between sets the colours of a run that has a colour at either end, from pixel k on.
INLINE void between(const sm_fill_run *q, int32_t k, int32_t len, float *to, int32_t plane, float *keep, const int n) {
	for (int i = 0; i < LANES; i++) keep[i] = 1;
	for (int j = 0; j < n; j++)
		for (int i = 0; i < LANES; i++) to[j * plane + i] = q->a[j] + (q->b[j] - q->a[j]) * ((float)(k + i + 1) / (float)(len + 1));
}

// along finds the colours at the background's edge that structures lead to, each
// between two rows' by part, and how far they are followed.
INLINE void along(const sm_fill *g, const sm_fill_run *runs, const int32_t *first, trail *t, const sm_fill_run *q, int32_t k, int32_t m,
	const float *at, float *part, float *follow, float (*above)[LANES], float (*below)[LANES], const int n) {
	int32_t low[LANES];
	for (int i = 0; i < LANES; i++) {
		int32_t whole = (int32_t)at[i];
		low[i] = whole - ((float)whole > at[i]);
		part[i] = at[i] - (float)low[i];
	}
	for (int i = 0; i < m; i++) {
		const sm_fill_run *a = border(g, runs, first, t, q, q->x0 + k + i, low[i]);
		const sm_fill_run *b = a ? border(g, runs, first, t, q, q->x0 + k + i, low[i] + 1) : NULL;
		if (!b) continue;
		follow[i] = q->coherent;
		for (int j = 0; j < n; j++) above[j][i] = a->a[j], below[j][i] = b->a[j];
	}
}

// beside sets the colours of a run that goes on from one end.
INLINE void beside(const sm_fill *g, const sm_fill_run *runs, const int32_t *first, trail *t, const sm_fill_run *q, int32_t k, int32_t len,
	float *to, int32_t plane, float *keep, const int n) {
	const int32_t unit = 1 << g->shift_x, start = q->from < 0 ? k + 1 : len - k, step = q->from < 0 ? 1 : -1;
	float d[LANES], follow[LANES] = {0}, c[4][LANES];
	for (int i = 0; i < LANES; i++) d[i] = (float)((start + step * i) * unit);
	for (int j = 0; j < n; j++)
		for (int i = 0; i < LANES; i++) c[j][i] = q->a[j];
	if (q->other >= 0) { // in proportion to the distances of both sides
		for (int i = 0; i < LANES; i++) {
			float o = fabsf((float)((q->x0 + k + i) * unit - q->other)), part = d[i] / (d[i] + o);
			for (int j = 0; j < n; j++) c[j][i] += (q->b[j] - c[j][i]) * part;
		}
	}
	if (q->coherent > 0) {
		const float rows = 1.0f / (float)(1 << g->shift_y);
		float at[LANES], part[LANES], above[4][LANES] = {0}, below[4][LANES] = {0};
		for (int i = 0; i < LANES; i++) at[i] = ((float)q->y + q->fall * d[i]) * rows;
		along(g, runs, first, t, q, k, MIN(len - k, LANES), at, part, follow, above, below, n);
		for (int j = 0; j < n; j++)
			for (int i = 0; i < LANES; i++) {
				float v = above[j][i] + (below[j][i] - above[j][i]) * part[i];
				c[j][i] += (v - c[j][i]) * follow[i];
			}
	}
	for (int j = 0; j < n; j++) memcpy(to + j * plane, c[j], sizeof c[j]);
	for (int i = 0; i < LANES; i++) keep[i] = 1 / (1 + spread * (d[i] - 1) * (1 - follow[i]));
}

#define BEGIN(NAME, TARGET)                                                                                                   \
	INLINE TARGET void NAME##_comps(const sm_fill *g, const sm_fill_run *runs, const int32_t *first, float *start, float *keep, \
		int64_t y0, int64_t y1, const int n) {                                                                                \
		for (const sm_fill_run *q = runs + first[y0]; q < runs + first[y1]; q++) {                                            \
			const int32_t len = q->x1 - q->x0 + 1, plane = room(q);                                                           \
			trail t = {{NULL, NULL}, {0, 0}};                                                                                 \
			for (int32_t k = 0; k < len; k += LANES) {                                                                        \
				float *to = start + (int64_t)q->at * n + k, *share = keep + q->at + k;                                        \
				if (q->from == 0)                                                                                             \
					between(q, k, len, to, plane, share, n);                                                                  \
				else                                                                                                          \
					beside(g, runs, first, &t, q, k, len, to, plane, share, n);                                               \
			}                                                                                                                 \
		}                                                                                                                     \
	}                                                                                                                         \
	static TARGET void NAME(const sm_fill *g, const sm_fill_run *runs, const int32_t *first, float *start, float *keep,       \
		int64_t y0, int64_t y1) {                                                                                             \
		if (g->n == 1)                                                                                                        \
			NAME##_comps(g, runs, first, start, keep, y0, y1, 1);                                                             \
		else if (g->n == 2)                                                                                                   \
			NAME##_comps(g, runs, first, start, keep, y0, y1, 2);                                                             \
		else                                                                                                                  \
			NAME##_comps(g, runs, first, start, keep, y0, y1, (int)g->n);                                                     \
	}

// columns is where a strip of columns stands while it is swept.
typedef struct {
	float *mean;  // its running mean, plane by plane
	int32_t *row; // the row that belongs to
	int64_t w;    // from one plane to the next
} columns;

// carry takes LANES columns, of which the first m belong to a run, on to row y:
// the mean of each moves to its pixel by the pixel's share, or begins there.
// Downwards it is kept; upwards the pixel becomes the middle of both.
INLINE void carry(const columns *s, int64_t x, int m, int32_t before, int32_t y, const float *keep, float *start, float *down,
	int32_t plane, const int up, const int n) {
	int32_t anew[LANES], *row = s->row + x;
	for (int i = 0; i < LANES; i++) anew[i] = (row[i] != before) | (keep[i] == 1.0f);
	for (int i = 0; i < LANES; i++) row[i] = i < m ? y : row[i];
	for (int j = 0; j < n; j++) {
		float *mean = s->mean + j * s->w + x, *own = start + j * plane, *kept = down + j * plane, v[LANES];
		for (int i = 0; i < LANES; i++) v[i] = anew[i] ? own[i] : mean[i] + (own[i] - mean[i]) * keep[i];
		for (int i = 0; i < LANES; i++) mean[i] = i < m ? v[i] : mean[i];
		if (!up)
			memcpy(kept, v, sizeof v);
		else
			for (int i = 0; i < LANES; i++) own[i] = (kept[i] + v[i]) / 2;
	}
}

// carry1 is carry for the one column x.
INLINE void carry1(const columns *s, int64_t x, int32_t before, int32_t y, const float *keep, float *start, float *down, int32_t plane,
	const int up, const int n) {
	int anew = s->row[x] != before || *keep == 1.0f;
	s->row[x] = y;
	for (int j = 0; j < n; j++) {
		float *mean = s->mean + j * s->w + x, *own = start + j * plane, *kept = down + j * plane;
		*mean = anew ? *own : *mean + (*own - *mean) * *keep;
		if (!up)
			*kept = *mean;
		else
			*own = (*kept + *mean) / 2;
	}
}

INLINE void put8(uint8_t *to, const float *c, int m) {
	for (int i = 0; i < m; i++) to[i] = (uint8_t)(int32_t)(c[i] + 0.5f);
}

INLINE void put16(uint16_t *to, const float *c, int m) {
	for (int i = 0; i < m; i++) to[i] = (uint16_t)(int32_t)(c[i] + 0.5f);
}

#ifdef SM_WIDE
#include "fill_wide.h"
#endif

#define SWEEP(NAME, T, TARGET, CARRY, PUT)                                                                                               \
	INLINE TARGET void NAME##_draw(const sm_fill *g, int64_t x, int64_t y, int m, const float *c, int32_t plane,             \
		T *const p[4], const int n) {                                                                                        \
		for (int j = 0; j < n; j++) {                                                                                        \
			T *to = (g->step > 1 ? p[0] + j : p[j]) + y * g->stride + x * g->step;                                           \
			if (g->step > 1 || m == 1) {                                                                                     \
				for (int i = 0; i < m; i++) to[i * g->step] = (T)(int32_t)(c[j * plane + i] + 0.5f);                         \
			} else                                                                                                           \
				PUT(to, c + j * plane, m);                                                                                   \
		}                                                                                                                    \
	}                                                                                                                        \
	INLINE TARGET void NAME##_pass(const sm_fill *g, const sm_fill_run *runs, const int32_t *first, float *start,            \
		float *down, const float *keep, const columns *s, int64_t x0, int64_t x1, T *const p[4], const int up, const int n) { \
		for (int64_t x = x0; x < x1; x++) s->row[x] = -2;                                                                    \
		for (int64_t i = 0; i < g->h; i++) {                                                                                 \
			int64_t y = up ? g->h - 1 - i : i;                                                                               \
			int32_t before = (int32_t)(up ? y + 1 : y - 1);                                                                  \
			for (const sm_fill_run *q = runs + first[y]; q < runs + first[y + 1]; q++) {                                     \
				int32_t plane = room(q);                                                                                     \
				for (int64_t x = MAX(q->x0, x0), end = MIN(q->x1 + 1, x1); x < end;) {                                       \
					int64_t k = x - q->x0;                                                                                   \
					float *c = start + (int64_t)q->at * n + k, *d = down + (int64_t)q->at * n + k;                           \
					int m = (int)MIN(end - x, LANES);                                                                        \
					if (x + LANES <= x1 && k + LANES <= plane) {                                                             \
						CARRY(s, x, m, before, (int32_t)y, keep + q->at + k, c, d, plane, up, n);                            \
					} else { /* where the strip cuts a run */                                                                \
						m = 1;                                                                                               \
						carry1(s, x, before, (int32_t)y, keep + q->at + k, c, d, plane, up, n);                              \
					}                                                                                                        \
					if (up) NAME##_draw(g, x, y, m, c, plane, p, n);                                                         \
					x += m;                                                                                                  \
				}                                                                                                            \
			}                                                                                                                \
		}                                                                                                                    \
	}                                                                                                                        \
	INLINE TARGET void NAME##_comps(const sm_fill *g, const sm_fill_run *runs, const int32_t *first, float *start,           \
		float *down, const float *keep, const columns *s, int64_t x0, int64_t x1, T *const p[4], const int n) {              \
		NAME##_pass(g, runs, first, start, down, keep, s, x0, x1, p, 0, n);                                                  \
		NAME##_pass(g, runs, first, start, down, keep, s, x0, x1, p, 1, n);                                                  \
	}                                                                                                                        \
	static TARGET void NAME(const sm_fill *g, const sm_fill_run *runs, const int32_t *first, float *start, float *down,      \
		const float *keep, const columns *s, int64_t x0, int64_t x1, T *const p[4]) {                                        \
		if (g->n == 1)                                                                                                       \
			NAME##_comps(g, runs, first, start, down, keep, s, x0, x1, p, 1);                                                \
		else if (g->n == 2)                                                                                                  \
			NAME##_comps(g, runs, first, start, down, keep, s, x0, x1, p, 2);                                                \
		else                                                                                                                 \
			NAME##_comps(g, runs, first, start, down, keep, s, x0, x1, p, (int)g->n);                                        \
	}

BEGIN(begin, )
SWEEP(sweep8, uint8_t, , carry, put8)
SWEEP(sweep16, uint16_t, , carry, put16)
#ifdef SM_WIDE
BEGIN(begin_avx2, AVX2)
SWEEP(sweep8_avx2, uint8_t, AVX2, carry_avx2, put8_avx2)
SWEEP(sweep16_avx2, uint16_t, AVX2, carry_avx2, put16_avx2)
#else
#define begin_avx2 begin
#define sweep8_avx2 sweep8
#define sweep16_avx2 sweep16
#define sm_wide() 0
#endif

void sm_fill_begin(const sm_fill *g, const sm_fill_run *runs, const int32_t *first, float *start, float *keep, int64_t y0, int64_t y1) {
	if (sm_wide())
		begin_avx2(g, runs, first, start, keep, y0, y1);
	else
		begin(g, runs, first, start, keep, y0, y1);
}

#define CHOOSE(NAME, T)                                                                                                              \
	void sm_fill_##NAME(const sm_fill *g, const sm_fill_run *runs, const int32_t *first, float *start, float *down, const float *keep, \
		float *mean, int32_t *row, int64_t x0, int64_t x1, T *p0, T *p1, T *p2, T *p3) {                                             \
		T *const p[4] = {p0, p1, p2, p3};                                                                                            \
		const columns s = {mean, row, g->w};                                                                                         \
		if (sm_wide())                                                                                                               \
			NAME##_avx2(g, runs, first, start, down, keep, &s, x0, x1, p);                                                           \
		else                                                                                                                         \
			NAME(g, runs, first, start, down, keep, &s, x0, x1, p);                                                                  \
	}

CHOOSE(sweep8, uint8_t)
CHOOSE(sweep16, uint16_t)

// Sprites of mixed pixels; see sprite_ref.go.
#include <string.h>

#include "kernel.h"

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

enum {
	FULL = 256,
	AHEAD = 12, // sprites whose places are fetched in advance
};

typedef struct {
	int32_t p, a, q[4];
} point;

static inline int32_t land(int32_t x, int32_t d, int mirror) { return x * SM_ONE + (mirror ? d : -d); }

static inline int apart(int32_t a, int32_t b, int64_t limit) { return (int64_t)a - b > limit || (int64_t)b - a > limit; }

// pair appends the targets between a and b to out and returns its end.
static sm_late *pair(sm_late *out, const sm_band *b, const int32_t *from, const point *p, const point *q, int32_t x, int64_t y, int mirror) {
	int32_t gap = q->p - p->p;
	if (gap <= 0 || gap > SM_MAX_GAP + SM_ONE) return out;
	int32_t t0 = (p->p >> SM_FRAC) + 1, t1 = q->p >> SM_FRAC;
	if (mirror) t0 = (p->p + SM_ONE - 1) >> SM_FRAC, t1 = ((q->p + SM_ONE - 1) >> SM_FRAC) - 1;
	t0 = MAX(t0, 0), t1 = MIN(t1, (int32_t)b->w - 1);
	for (int32_t t = t0; t <= t1; t++) {
		int32_t f = (t * SM_ONE - p->p) * SM_ONE / gap, seen = from[t], at = x * SM_ONE + f;
		if (seen != SM_HOLE && (mirror ? seen < at - SM_ONE : seen > at + SM_ONE)) continue; // behind a nearer surface
		out->x = t, out->y = (int32_t)y, out->a = p->a + (q->a - p->a) * f / SM_ONE;
		for (int c = 0; c < 4; c++) out->q[c] = p->q[c] + (q->q[c] - p->q[c]) * f / SM_ONE;
		out++;
	}
	return out;
}

#define SPRITES(NAME, T)                                                                                                     \
	static inline void NAME##_colour(point *o, const sm_band *b, const T *const p[4], int32_t x) {                           \
		for (int c = 0; c < b->comps; c++) o->q[c] = p[c][b->row[c][2] + (x >> b->shift[c]) * b->step[c]] * 16;              \
	}                                                                                                                        \
	static inline void NAME##_point(point *o, const sm_band *b, const T *const p[4], const sm_mixed *m, int mirror) {        \
		memset(o, 0, sizeof *o);                                                                                             \
		o->p = land(m->x, m->near, mirror), o->a = m->a;                                                                     \
		NAME##_colour(o, b, p, m->x);                                                                                        \
		for (int c = 0; c < b->comps; c++) o->q[c] -= (FULL - m->a) * m->b[c] / FULL;                                        \
	}                                                                                                                        \
	int64_t NAME(sm_late *out, const sm_mixed *mixed, int64_t n, const sm_band *b, const int32_t *mix_at,                    \
		const int32_t *disp, const int32_t *from, int64_t y, int mirror, const T *p0, const T *p1, const T *p2,              \
		const T *p3) {                                                                                                       \
		const T *const p[4] = {p0, p1, p2, p3};                                                                              \
		sm_late *to = out;                                                                                                   \
		for (int64_t i = 0; i < n; i++) {                                                                                    \
			const sm_mixed *m = &mixed[mirror ? n - 1 - i : i]; /* what is nearer comes later */                             \
			if (m->a == FULL) continue;                                                                                      \
			point me, next;                                                                                                  \
			NAME##_point(&me, b, p, m, mirror);                                                                              \
			for (int32_t step = -1; step <= 1; step += 2) {                                                                  \
				int32_t x = m->x + step, k;                                                                                  \
				if (x < 0 || x >= b->w) continue;                                                                            \
				k = mix_at[x] - 1;                                                                                           \
				if (k >= 0 && mixed[k].a < FULL && !apart(mixed[k].near, m->near, b->min_range)) {                           \
					if (step < 0) continue; /* done from the other pixel */                                                  \
					NAME##_point(&next, b, p, &mixed[k], mirror);                                                            \
				} else {                                                                                                     \
					memset(&next, 0, sizeof next);                                                                           \
					next.p = land(x, m->near, mirror);                                                                       \
					if (!(k >= 0 && mixed[k].a < FULL) && !apart(disp[x], m->near, b->min_range)) {                          \
						next.p = land(x, disp[x], mirror), next.a = FULL;                                                    \
						NAME##_colour(&next, b, p, x);                                                                       \
					}                                                                                                        \
				}                                                                                                            \
				to = step < 0 ? pair(to, b, from, &next, &me, x, y, mirror) : pair(to, b, from, &me, &next, m->x, y, mirror); \
			}                                                                                                                \
		}                                                                                                                    \
		return to - out;                                                                                                     \
	}

SPRITES(sm_sprites8, uint8_t)
SPRITES(sm_sprites16, uint16_t)

#define COMPOSITE(NAME, T)                                                                                  \
	void NAME(const sm_canvas *s, const sm_late *q, int64_t n, T *p0, T *p1, T *p2, T *p3) {                \
		T *const p[4] = {p0, p1, p2, p3};                                                                   \
		const int32_t top = (1 << s->bits) - 1;                                                             \
		for (; n > 0; n--, q++) {                                                                           \
			for (int c = 0; n > AHEAD && c < s->comps; c++) {                                               \
				const sm_late *a = q + AHEAD;                                                               \
				int64_t row = (a->y >> s->shift_y[c]) * s->stride[c];                                       \
				__builtin_prefetch(p[c] + s->at[c] + row + (a->x >> s->shift_x[c]) * s->step[c], 1);        \
			}                                                                                               \
			for (int c = 0; c < s->comps; c++) {                                                            \
				int64_t sx = s->shift_x[c], sy = s->shift_y[c];                                             \
				if (q->x & ((1 << sx) - 1) || q->y & ((1 << sy) - 1)) continue;                             \
				T *to = p[c] + s->at[c] + (q->y >> sy) * s->stride[c] + (q->x >> sx) * s->step[c];          \
				int32_t v = (q->q[c] + (FULL - q->a) * *to / 16 + 8) >> 4;                                  \
				*to = (T)MIN(MAX(v, 0), top);                                                               \
			}                                                                                               \
		}                                                                                                   \
	}

COMPOSITE(sm_composite8, uint8_t)
COMPOSITE(sm_composite16, uint16_t)

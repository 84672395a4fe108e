// What lies beside runs of holes; see opening_ref.go.
#include "opening.h"

#include "wide.h"

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

enum { SKIP = 2, REACH = 12, STEP = 3 * SM_ONE, ACROSS = 8 };

// 1 / (1 + 0.1*k) for the pixels from SKIP on.
static const float weight[REACH] = {1 / (1 + 0.1f * 0), 1 / (1 + 0.1f * 1), 1 / (1 + 0.1f * 2), 1 / (1 + 0.1f * 3), 1 / (1 + 0.1f * 4),
	1 / (1 + 0.1f * 5), 1 / (1 + 0.1f * 6), 1 / (1 + 0.1f * 7), 1 / (1 + 0.1f * 8), 1 / (1 + 0.1f * 9), 1 / (1 + 0.1f * 10),
	1 / (1 + 0.1f * 11)};

static inline int apart(int32_t a, int32_t b) { return a - b > STEP || b - a > STEP; }

static inline int32_t near(const sm_open_row *r, const int32_t *from, int64_t t) {
	int32_t d = from[t] - (int32_t)(t * SM_ONE);
	return r->mirror ? -d : d;
}

static inline int seen(const sm_open_row *r, const int32_t *from, int64_t t) { return t >= 0 && t < r->w && from[t] != SM_HOLE; }

static int32_t side(const sm_open_row *r, const int32_t *from, const sm_run *q) {
	if (q->x0 == 0) return 1;
	if (q->x1 == r->w - 1) return -1;
	int32_t dl = near(r, from, q->x0 - 1), dr = near(r, from, q->x1 + 1), limit = (int32_t)r->limit;
	if (dl - dr < limit && dr - dl < limit) return 0;
	return dl < dr ? -1 : 1;
}

static int32_t across(const sm_open_row *r, const int32_t *from, const sm_opening *o) {
	int32_t d = near(r, from, o->edge), limit = (int32_t)r->limit, step = -o->side;
	int64_t t = o->side < 0 ? o->x1 + 1 : o->x0 - 1, n = ACROSS * ((int64_t)o->x1 - o->x0 + 1);
#ifdef SM_WIDE
	if (sm_wide()) {
		int64_t k = sm_before_avx2(from, t, step, MIN(n, step > 0 ? r->w - t : t + 1), d, limit, r->mirror != 0);
		t += k * step, n -= k;
	}
#endif
	for (; n > 0 && seen(r, from, t); n--, t += step) {
		int32_t v = near(r, from, t) - d;
		if (v >= limit) continue;
		if (v < -limit) return -1;
		t += step; // the one after it is clear of the near surface
		return seen(r, from, t) && !apart(near(r, from, t), d) ? (int32_t)t : -1;
	}
	return -1;
}

#define OPEN(NAME, T, LEVELS)                                                                                                   \
	static inline int32_t NAME##_luma(const sm_open_row *r, const T *luma, int row, int64_t x) {                                \
		const T *p = luma + r->luma[row] + x * r->comps;                                                                        \
		if (r->comps == 4) return (p[0] + 2 * p[1] + p[2]) >> (LEVELS + 2);                                                     \
		return *p >> LEVELS;                                                                                                    \
	}                                                                                                                           \
	static void NAME##_structure(sm_opening *o, const sm_open_row *r, const int32_t *from, const int32_t *disp,                 \
		const int32_t *above, const int32_t *below, const T *luma) {                                                            \
		int64_t x = (from[o->edge] + (o->side < 0 ? SM_ONE - 1 : 0)) >> SM_FRAC;                                                \
		int32_t d = disp[MIN(MAX(x, 0), r->w - 1)];                                                                             \
		for (int k = SKIP; k < REACH; k++) {                                                                                    \
			int64_t i = x + k * o->side;                                                                                        \
			if (i < 1 || i >= r->w - 1 || apart(disp[i], d)) break;                                                             \
			if (apart(above[i], d) || apart(below[i], d)) continue;                                                             \
			float gx = (float)(NAME##_luma(r, luma, 1, i + 1) - NAME##_luma(r, luma, 1, i - 1));                                \
			float gy = (float)(NAME##_luma(r, luma, 2, i) - NAME##_luma(r, luma, 0, i)), w = weight[k];                         \
			o->xx += w * gx * gx;                                                                                               \
			o->xy += w * gx * gy;                                                                                               \
			o->yy += w * gy * gy;                                                                                               \
		}                                                                                                                       \
	}                                                                                                                           \
	static void NAME##_beside(sm_opening *o, const sm_open_row *r, const T *const p[4]) {                                       \
		for (int i = 0; i < MIN(r->n, 2); i++) {                                                                                \
			int64_t s = r->shift[i], e = o->side < 0 ? ((o->x0 + (1 << s) - 1) >> s) - 1 : (o->x1 >> s) + 1;                    \
			if (r->at[i] < 0 || e < 0 || e >= r->width[i]) continue;                                                            \
			o->clean[i] = 1;                                                                                                    \
			if (i > 0)                                                                                                          \
				for (int k = 1; k < r->n; k++) o->beside[1][k - 1] = p[k][r->at[k] + e];                                        \
			else                                                                                                                \
				for (int k = 0; k < r->comps; k++) o->beside[0][k] = p[0][r->at[0] + e * r->comps + k];                         \
		}                                                                                                                       \
	}                                                                                                                           \
	void NAME(sm_opening *out, const sm_run *runs, int64_t n, const sm_open_row *r, const int32_t *from, const int32_t *disp,   \
		const int32_t *above, const int32_t *below, const T *luma, const T *p0, const T *p1, const T *p2, const T *p3) {        \
		const T *const p[4] = {p0, p1, p2, p3};                                                                                 \
		for (sm_opening *o = out; o < out + n; o++, runs++) {                                                                   \
			*o = (sm_opening){runs->x0, runs->x1, runs->x1 + 1, -1, side(r, from, runs), 0, 0, 0, {{0}}, {0}};                  \
			if (o->side < 0) o->edge = runs->x0 - 1;                                                                            \
			if (o->side == 0) continue;                                                                                         \
			NAME##_structure(o, r, from, disp, above, below, luma);                                                             \
			o->other = across(r, from, o);                                                                                      \
			NAME##_beside(o, r, p);                                                                                             \
		}                                                                                                                       \
	}

OPEN(sm_open8, uint8_t, 0)
OPEN(sm_open16, uint16_t, (r->bits - 8))

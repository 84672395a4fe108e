// The loops of the ramp functions, compiled once for every processor and, on
// amd64, once more with AVX2: include after defining RAMP(name) and TARGET.
// Eight neighbouring samples make one vector; what stands in the eighth's place
// beyond a row's end is a copy of its last.

#define INLINE static inline __attribute__((always_inline)) TARGET

typedef float RAMP(v8) __attribute__((vector_size(32), aligned(4), may_alias));
typedef int32_t RAMP(m8) __attribute__((vector_size(32), aligned(4), may_alias));
#define v8 RAMP(v8)
#define m8 RAMP(m8)

#define LOAD(p) (*(const v8 *)(p))
#define STORE(p, v) (*(v8 *)(p) = (v))
#define ALL(x) ((v8){x, x, x, x, x, x, x, x})
#define PICK(m, a, b) ((v8)(((m) & (m8)(a)) | (~(m) & (m8)(b))))
#ifdef SM_RAMP_AVX2
#define VMIN(a, b) ((v8)_mm256_min_ps((__m256)(a), (__m256)(b)))
#define VMAX(a, b) ((v8)_mm256_max_ps((__m256)(a), (__m256)(b)))
#define MULADD(a, b, c) ((v8)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define SUBMUL(c, a, b) ((v8)_mm256_fnmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#else
#define MULADD(a, b, c) ((a) * (b) + (c))
#define SUBMUL(c, a, b) ((c) - (a) * (b))
#define VMIN(a, b) PICK((a) < (b), a, b)
#define VMAX(a, b) PICK((a) > (b), a, b)
#endif
#define VABS(a) ((v8)((m8)(a) & 0x7fffffff))
#define CLAMP01(a) VMIN(VMAX(a, ALL(0.0f)), ALL(1.0f))

INLINE int64_t RAMP(within)(int64_t y, int64_t h) { return y < 0 ? 0 : y < h ? y : h - 1; }

// any is whether one of the lanes of a comparison holds.
INLINE int RAMP(any)(m8 m) {
#ifdef SM_RAMP_AVX2
	return _mm256_movemask_ps((__m256)m) != 0;
#else
	int64_t l[4];
	memcpy(l, &m, sizeof l);
	return (l[0] | l[1] | l[2] | l[3]) != 0;
#endif
}

// most is the largest of eight.
INLINE float RAMP(most)(v8 v) {
#ifdef SM_RAMP_AVX2
	__m128 m = _mm_max_ps(_mm256_castps256_ps128((__m256)v), _mm256_extractf128_ps((__m256)v, 1));
	m = _mm_max_ps(m, _mm_movehl_ps(m, m));
	return _mm_cvtss_f32(_mm_max_ss(m, _mm_shuffle_ps(m, m, 1)));
#else
	float m = v[0];
	for (int i = 1; i < 8; i++) m = m > v[i] ? m : v[i];
	return m;
#endif
}

INLINE void RAMP(ends)(float *row, int64_t w, int64_t stride) {
	for (int64_t i = 0; i < SM_RAMP_PAD; i++) row[i] = row[SM_RAMP_PAD];
	for (int64_t i = SM_RAMP_PAD + w; i < stride; i++) row[i] = row[SM_RAMP_PAD + w - 1];
}

TARGET LINK void RAMP(levels)(const sm_ramp *p, int64_t y0, int64_t y1, const float *s, float *near, float *far, float *mid,
	float *mix, float *d0, float *d1, uint8_t *flag, float *tmp) {
	const int64_t st = p->stride, r = p->level_r, wide = p->blocks * 8;
	const int64_t half = r / 2; // farther out than that the window is half as high: nearly round
	float *tlo = tmp, *thi = tmp + st, *tgx = thi + st, *tgy = tgx + st, *slo = tgy + st, *shi = slo + st;
	const v8 step = ALL(p->step), tiny = ALL(1e-9f), two_r = ALL(2.0f * (float)r);
	for (int64_t y = y0; y < y1; y++) {
		uint8_t *on_row = flag + y * p->blocks;
		for (int64_t x = SM_RAMP_PAD - 8; x < SM_RAMP_PAD + wide + 8; x += 8) {
			v8 lo = LOAD(s + RAMP(within)(y - r, p->h) * st + x), hi = lo;
			for (int64_t j = y - r + 1; j <= y + r; j++) {
				v8 v = LOAD(s + RAMP(within)(j, p->h) * st + x);
				lo = VMIN(v, lo), hi = VMAX(v, hi);
			}
			STORE(tlo + x, lo), STORE(thi + x, hi);
		}
		// Most blocks and those beside them hold no step: only the others are looked
		// at more closely.
		for (int64_t b = 0; b < p->blocks; b++) {
			const int64_t x = SM_RAMP_PAD + 8 * b, at = y * st + x;
			v8 v = LOAD(s + at);
			STORE(d0 + at, v), STORE(d1 + at, v);
			v8 lo = VMIN(LOAD(tlo + x), VMIN(LOAD(tlo + x - 8), LOAD(tlo + x + 8)));
			v8 hi = VMAX(LOAD(thi + x), VMAX(LOAD(thi + x - 8), LOAD(thi + x + 8)));
			on_row[b] = !(RAMP(most)(hi) + RAMP(most)(-lo) < p->step);
		}
		for (int64_t b = -1; b <= p->blocks; b++) {
			int wanted = 0;
			for (int64_t i = b > 0 ? b - 1 : 0; i <= b + 1 && i < p->blocks; i++) wanted |= on_row[i];
			if (!wanted) continue;
			const int64_t x = SM_RAMP_PAD + 8 * b;
			const float *row = s + RAMP(within)(y - r, p->h) * st + x;
			v8 a = LOAD(row), gx = VABS(LOAD(row + 1) - a), gy = ALL(0.0f);
			for (int64_t j = y - r + 1; j <= y + r; j++) {
				row = s + RAMP(within)(j, p->h) * st + x;
				v8 v = LOAD(row), g = VABS(LOAD(row + 1) - v), h = VABS(v - a);
				gx = VMAX(g, gx), gy = VMAX(h, gy);
				a = v;
			}
			row = s + y * st + x;
			v8 nlo = LOAD(row), nhi = nlo;
			for (int64_t j = 1; j <= half; j++) {
				v8 u = LOAD(s + RAMP(within)(y - j, p->h) * st + x), v = LOAD(s + RAMP(within)(y + j, p->h) * st + x);
				nlo = VMIN(VMIN(u, v), nlo), nhi = VMAX(VMAX(u, v), nhi);
			}
			STORE(slo + x, nlo), STORE(shi + x, nhi), STORE(tgx + x, gx), STORE(tgy + x, gy);
		}
		for (int64_t b = 0; b < p->blocks; b++) {
			if (!on_row[b]) continue;
			on_row[b] = 0;
			const int64_t x = SM_RAMP_PAD + 8 * b, at = y * st + x;
			v8 v = LOAD(s + at);
			v8 lo = LOAD(slo + x - r), hi = LOAD(shi + x - r), gx = LOAD(tgx + x - r), gy = LOAD(tgy + x - r);
			v8 all = LOAD(tlo + x - r), top = LOAD(thi + x - r);
			for (int64_t i = 1 - r; i <= r; i++) {
				v8 l = LOAD(tlo + x + i), h = LOAD(thi + x + i), g = LOAD(tgy + x + i);
				all = VMIN(l, all), top = VMAX(h, top), gy = VMAX(g, gy);
				if (i < -half || i > half) l = LOAD(slo + x + i), h = LOAD(shi + x + i);
				lo = VMIN(l, lo), hi = VMAX(h, hi);
				if (i == r) continue;
				g = LOAD(tgx + x + i);
				gx = VMAX(g, gx);
			}
			// A slope rises evenly over the window, a ramp most in its middle.
			v8 range = top - all, k = ((gx + gy) * two_r - range * ALL(SM_RAMP_EVEN)) / (range * ALL(SM_RAMP_RISE) + tiny);
			k = PICK(hi - lo >= step, CLAMP01(k), ALL(0.0f));
			m8 on = k > ALL(0.0f);
			if (!RAMP(any)(on)) continue;
			on_row[b] = 1;
			v8 n = PICK(on, hi, v), f = PICK(on, lo, v), m = (n + f) * ALL(0.5f), span = n - f;
			v8 d = f + span * CLAMP01((v - m) / (span * ALL(p->slack) + tiny) + ALL(0.5f));
			STORE(near + at, n), STORE(far + at, f), STORE(mid + at, m), STORE(mix + at, k);
			STORE(d0 + at, d), STORE(d1 + at, d);
		}
		RAMP(ends)(d0 + y * st, p->w, st);
		RAMP(ends)(d1 + y * st, p->w, st);
	}
}

// Without s the blurred d itself is the result, without live everywhere.
TARGET LINK void RAMP(residual)(const sm_ramp *p, int64_t y0, int64_t y1, const float *s, const float *d, float *res,
	const uint8_t *live, const float *blur, float *tmp) {
	const int64_t st = p->stride, n = p->blur_r, nb = p->blocks;
	for (int64_t y = y0 - n; y < y1 + n; y++) { // rows of tmp: from y0 - n
		if (y < 0 || y >= p->h) continue;
		float *to = tmp + (y - y0 + n) * st;
		uint8_t wanted[64]; // by the rows that y is blurred into
		for (int64_t b = 0; b < nb; b++) {
			if (b % 64 == 0) {
				const int64_t some = nb - b < 64 ? nb - b : 64;
				memset(wanted, !live, sizeof wanted);
				for (int64_t j = y - n < y0 ? y0 : y - n; live && j <= y + n && j < y1; j++)
					for (int64_t k = 0; k < some; k++) wanted[k] |= live[j * nb + b + k];
			}
			if (!wanted[b % 64]) continue;
			const float *from = d + y * st + SM_RAMP_PAD + 8 * b;
			v8 a = LOAD(from) * ALL(blur[0]);
			for (int64_t i = 1; i <= n; i++) a = MULADD(LOAD(from - i) + LOAD(from + i), ALL(blur[i]), a);
			STORE(to + SM_RAMP_PAD + 8 * b, a);
		}
	}
	for (int64_t y = y0; y < y1; y++) {
		for (int64_t b = 0; b < nb; b++) {
			if (live && !live[y * nb + b]) continue;
			const int64_t x = SM_RAMP_PAD + 8 * b;
			const float *from = tmp + x + (n - y0) * st;
			v8 a = LOAD(from + y * st) * ALL(blur[0]);
			for (int64_t i = 1; i <= n; i++) {
				v8 u = LOAD(from + RAMP(within)(y - i, p->h) * st), v = LOAD(from + RAMP(within)(y + i, p->h) * st);
				a = MULADD(u + v, ALL(blur[i]), a);
			}
			if (s) a = LOAD(s + y * st + x) - a;
			STORE(res + y * st + x, a);
		}
		RAMP(ends)(res + y * st, p->w, st);
	}
}

TARGET LINK void RAMP(gather)(const sm_ramp *p, int64_t y0, int64_t y1, const float *s, const float *d, const float *res,
	float *near, float *far, const float *mid, float *dn, const uint8_t *flag, const sm_tap *taps) {
	const int64_t st = p->stride;
	const v8 tiny = ALL(1e-9f), one = ALL(1.0f), zero = ALL(0.0f), little = ALL(SM_RAMP_LITTLE);
	for (int64_t y = y0; y < y1; y++) {
		for (int64_t b = 0; b < p->blocks; b++) {
			if (!flag[y * p->blocks + b]) continue;
			const int64_t x = SM_RAMP_PAD + 8 * b, at = y * st + x;
			v8 n = LOAD(near + at), f = LOAD(far + at), span = n - f, inv = ALL(2.0f) / (span + tiny);
			v8 wn = little, wf = little, en = zero, ef = zero;
			for (int64_t i = 0; i < p->taps; i++) {
				const int64_t q = RAMP(within)(y + taps[i].dy, p->h) * st + x + taps[i].dx;
				v8 v = LOAD(d + q), e = LOAD(res + q), a = SUBMUL(one, VABS(v - n), inv), c = SUBMUL(one, VABS(v - f), inv);
				a = VMAX(a, zero) * ALL(taps[i].weight), c = VMAX(c, zero) * ALL(taps[i].weight);
				wn += a, wf += c, en = MULADD(a, e, en), ef = MULADD(c, e, ef);
			}
			m8 on = span > zero;
			n += PICK(on, en / wn, zero), f += PICK(on, ef / wf, zero);
			v8 m = (n + f) * ALL(0.5f);
			m8 crossed = n < f;
			n = VMIN(PICK(crossed, m, n), one), f = VMAX(PICK(crossed, m, f), zero), span = n - f;
			v8 v = LOAD(s + at), u = f + span * CLAMP01((v - LOAD(mid + at)) / (span * ALL(p->slack) + tiny) + ALL(0.5f));
			STORE(near + at, n), STORE(far + at, f), STORE(dn + at, PICK(on, u, v));
		}
		RAMP(ends)(dn + y * st, p->w, st);
	}
}

TARGET LINK void RAMP(fields)(const sm_ramp *p, int64_t y0, int64_t y1, const float *s, const float *d, const float *c0,
	const float *c1, const float *c2, const float *near, const float *far, const float *mid, const float *mix,
	const uint8_t *flag, const uint8_t *live, const sm_tap *taps, float *fields) {
	const int64_t st = p->stride;
	const v8 tiny = ALL(1e-9f), one = ALL(1.0f), zero = ALL(0.0f), little = ALL(SM_RAMP_LITTLE);
	for (int64_t y = y0; y < y1; y++) {
		for (int64_t b = 0; b < p->blocks; b++) {
			if (!live[y * p->blocks + b]) continue;
			const int64_t x = SM_RAMP_PAD + 8 * b, at = y * st + x;
			v8 v = LOAD(s + at), o[SM_FIELDS] = {v, v, v, zero, zero, zero, zero, zero};
			if (flag[y * p->blocks + b]) {
				v8 n = LOAD(near + at), f = LOAD(far + at), inv = ALL(2.0f) / (n - f + tiny);
				v8 wn = little, wf = little, n0 = zero, n1 = zero, n2 = zero, nn = zero, f0 = zero, f1 = zero, f2 = zero, ff = zero;
				for (int64_t i = 0; i < p->taps; i++) {
					const int64_t q = RAMP(within)(y + taps[i].dy, p->h) * st + x + taps[i].dx;
					v8 u = LOAD(d + q), a = SUBMUL(one, VABS(u - n), inv), c = SUBMUL(one, VABS(u - f), inv);
					v8 k0 = LOAD(c0 + q), k1 = LOAD(c1 + q), k2 = LOAD(c2 + q), kk = MULADD(k0, k0, MULADD(k1, k1, k2 * k2));
					a = VMAX(a, zero) * ALL(taps[i].weight), c = VMAX(c, zero) * ALL(taps[i].weight);
					wn += a, n0 = MULADD(a, k0, n0), n1 = MULADD(a, k1, n1), n2 = MULADD(a, k2, n2), nn = MULADD(a, kk, nn);
					wf += c, f0 = MULADD(c, k0, f0), f1 = MULADD(c, k1, f1), f2 = MULADD(c, k2, f2), ff = MULADD(c, kk, ff);
				}
				wn = one / wn, wf = one / wf;
				n0 *= wn, n1 *= wn, n2 *= wn, f0 *= wf, f1 *= wf, f2 *= wf;
				nn = nn * wn - (n0 * n0 + n1 * n1 + n2 * n2), ff = ff * wf - (f0 * f0 + f1 * f1 + f2 * f2);
				// Where the sides' colours part: Fisher's linear discriminant with
				// the same spread in all directions.
				v8 e0 = n0 - f0, e1 = n1 - f1, e2 = n2 - f2;
				v8 spread = (VMAX(nn, zero) + VMAX(ff, zero)) * ALL(SM_RAMP_SPREAD) + ALL(SM_RAMP_NOISE);
				v8 k = ALL(2.0f) / (e0 * e0 + e1 * e1 + e2 * e2 + spread);
				o[0] = n, o[1] = f, o[2] = LOAD(mid + at), o[3] = LOAD(mix + at);
				o[3] = PICK(n > f, o[3], zero), k = PICK(n > f, k, zero);
				o[4] = e0 * k, o[5] = e1 * k, o[6] = e2 * k;
				o[7] = (o[4] * (n0 + f0) + o[5] * (n1 + f1) + o[6] * (n2 + f2)) * ALL(-0.5f);
			}
			float *to = fields + (y * p->blocks + b) * 8 * SM_FIELDS;
			for (int c = 0; c < SM_FIELDS; c++) STORE(to + 8 * c, o[c]);
		}
	}
}

// load copies a row of depth into a plane's, clamped.
TARGET LINK void RAMP(load)(float *row, const float *from, int64_t w, int64_t stride) {
	for (int64_t i = 0; i < w; i++) {
		float u = from[i]; // not-a-number compares false
		u = u > 0 ? u : 0;
		row[SM_RAMP_PAD + i] = u < 1 ? u : 1;
	}
	RAMP(ends)(row, w, stride);
}

// row enlarges between two rows of depth.
TARGET LINK void RAMP(row)(float *dst, const float *a, const float *b, float fy, const int32_t *idx, const float *fx, int64_t w,
	int64_t mw, float *tmp) {
	for (int64_t i = 0; i < mw; i++) {
		float u = a[i], v = b[i]; // not-a-number compares false
		u = u > 0 ? u : 0, v = v > 0 ? v : 0;
		u = u < 1 ? u : 1, v = v < 1 ? v : 1;
		tmp[i] = u + (v - u) * fy;
	}
	tmp[mw] = tmp[mw - 1];
	int64_t x = 0;
#ifdef SM_RAMP_AVX2
	for (; x + 8 <= w && idx[x] + 8 < mw; x += 8) { // as long as eight pixels lie between nine samples
		if (idx[x + 7] - idx[x] > 7) break;
		__m256i at = _mm256_sub_epi32(_mm256_loadu_si256((const __m256i *)(idx + x)), _mm256_set1_epi32(idx[x]));
		__m256 u = _mm256_permutevar8x32_ps(_mm256_loadu_ps(tmp + idx[x]), at);
		__m256 v = _mm256_permutevar8x32_ps(_mm256_loadu_ps(tmp + idx[x] + 1), at);
		_mm256_storeu_ps(dst + x, _mm256_add_ps(u, _mm256_mul_ps(_mm256_sub_ps(v, u), _mm256_loadu_ps(fx + x))));
	}
#endif
	for (; x < w; x++) {
		float u = tmp[idx[x]], v = tmp[idx[x] + 1];
		dst[x] = u + (v - u) * fx[x];
	}
}

// place is where eight pixels lie between samples: the k-th at[k] and f[k] of the
// way to the next, near if all are among the eight from at[0] on.
typedef struct {
	m8 at;
	v8 f;
	int32_t first;
	int near;
} RAMP(places);

INLINE RAMP(places) RAMP(place)(m8 at, v8 f) {
	RAMP(places) p = {at, f, at[0], at[7] - at[0] <= 7};
	return p;
}

// between reads what lies between neighbours of t.
INLINE v8 RAMP(between)(const float *t, const RAMP(places) *p) {
#ifdef SM_RAMP_AVX2
	if (p->near) {
		__m256i k = (__m256i)(p->at - p->first);
		v8 u = (v8)_mm256_permutevar8x32_ps(_mm256_loadu_ps(t + p->first), k);
		v8 v = (v8)_mm256_permutevar8x32_ps(_mm256_loadu_ps(t + p->first + 1), k);
		return u + (v - u) * p->f;
	}
#endif
	float l[8], r[8];
	for (int i = 0; i < 8; i++) l[i] = t[p->at[i]], r[i] = t[p->at[i] + 1];
	v8 u = LOAD(l), v = LOAD(r);
	return u + (v - u) * p->f;
}

// SM_RAMP_LINE is the room for one field of three blocks, and for reading on.
enum { SM_RAMP_LINE = 40 };

// lines brings the fields of a block and the ones beside to a picture's row; on
// is whether t has those of the block before.
INLINE void RAMP(lines)(float t[SM_FIELDS][SM_RAMP_LINE], const sm_zoom *z, const float *fields, int64_t b, int on) {
	const v8 fy = ALL(z->fy);
	for (int c = 0; on && c < SM_FIELDS; c++) {
		v8 u = LOAD(t[c] + 8), v = LOAD(t[c] + 16);
		STORE(t[c], u), STORE(t[c] + 8, v);
	}
	for (int64_t k = on ? 1 : -1; k <= 1; k++) {
		int64_t i = b + k < 0 ? 0 : b + k < z->blocks ? b + k : b;
		const float *q0 = fields + (z->row0 + 8 * i) * SM_FIELDS, *q1 = fields + (z->row1 + 8 * i) * SM_FIELDS;
		for (int c = 0; c < SM_FIELDS; c++) {
			v8 u = LOAD(q0 + 8 * c), v = LOAD(q1 + 8 * c);
			STORE(t[c] + 8 + 8 * k, u + (v - u) * fy);
		}
	}
}

// lean tells by depth alone how far eight pixels are on the near side, -1 to 1.
INLINE v8 RAMP(lean)(v8 v, v8 mid, v8 span) {
	return VMAX(VMIN((v - mid) * ALL(2.0f) / span, ALL(1.0f)), ALL(-1.0f));
}

// open is whether colour may outweigh depth.
INLINE m8 RAMP(open)(const sm_zoom *z, v8 t) {
	return VABS(t + ALL(z->widen)) <= ALL(z->colour) * (ALL(1.0f) - t * t);
}

// side decides on eight pixels of depth v that lean to t, with the weighted
// colours in e.
INLINE v8 RAMP(side)(const sm_zoom *z, v8 v, v8 near, v8 far, v8 mix, v8 t, v8 e) {
	const v8 one = ALL(1.0f), less = ALL(-1.0f), zero = ALL(0.0f);
	e = VMAX(VMIN(e, one), less);
	t += ALL(z->widen) + ALL(z->colour) * e * (one - t * t);
	v8 to = PICK(t > zero, near, far);
	return PICK((mix > zero) & (near > far), VMAX(VMIN(v + (to - v) * mix, one), zero), v);
}

// eight reads eight samples, pairs four of them twice.
#ifdef SM_RAMP_AVX2
INLINE m8 RAMP(eight8)(const uint8_t *p) { return (m8)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p)); }
INLINE m8 RAMP(eight16)(const uint16_t *p) { return (m8)_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p)); }
INLINE m8 RAMP(pairs8)(const uint8_t *p) {
	int32_t four;
	memcpy(&four, p, 4);
	__m128i v = _mm_cvtsi32_si128(four);
	return (m8)_mm256_cvtepu8_epi32(_mm_unpacklo_epi8(v, v));
}
INLINE m8 RAMP(pairs16)(const uint16_t *p) {
	__m128i v = _mm_loadl_epi64((const __m128i *)p);
	return (m8)_mm256_cvtepu16_epi32(_mm_unpacklo_epi16(v, v));
}
INLINE v8 RAMP(floats)(m8 v) { return (v8)_mm256_cvtepi32_ps((__m256i)v); }
#else
INLINE m8 RAMP(eight8)(const uint8_t *p) { return (m8){p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]}; }
INLINE m8 RAMP(eight16)(const uint16_t *p) { return (m8){p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]}; }
INLINE m8 RAMP(pairs8)(const uint8_t *p) { return (m8){p[0], p[0], p[1], p[1], p[2], p[2], p[3], p[3]}; }
INLINE m8 RAMP(pairs16)(const uint16_t *p) { return (m8){p[0], p[0], p[1], p[1], p[2], p[2], p[3], p[3]}; }
INLINE v8 RAMP(floats)(m8 v) { return __builtin_convertvector(v, v8); }
#endif

#define DRAW(NAME, T, EIGHT, PAIRS)                                                                                                             \
	INLINE float RAMP(NAME##_at)(const sm_zoom *z, const T *p, int c, int64_t x) {                                                              \
		int64_t q = z->at[c] + (x >> z->shift[c]) * z->step[c];                                                                                 \
		if (z->reach == 0 || z->shift[c] > 0) return (float)p[q];                                                                               \
		int64_t a = x - z->reach < 0 ? 0 : x - z->reach, b = x + z->reach < z->w ? x + z->reach : z->w - 1;                                     \
		a *= z->step[c], b *= z->step[c];                                                                                                       \
		int32_t beside = p[z->above[c] + a] + p[z->above[c] + b] + p[z->below[c] + a] + p[z->below[c] + b];                                     \
		return (float)(beside + p[q]) * 0.2f;                                                                                                   \
	}                                                                                                                                           \
	INLINE v8 RAMP(NAME##_read)(const sm_zoom *z, const T *p, int c, int64_t x, int64_t n) {                                                    \
		const int64_t st = z->step[c], r = z->reach * st, sh = z->shift[c];                                                                     \
		const T *own = p + z->at[c] + (x >> sh) * st, *above = p + z->above[c] + x * st, *below = p + z->below[c] + x * st;                     \
		float cs[8];                                                                                                                            \
		if (n < 8 || sh > 1 || x < z->reach || x + 7 + z->reach >= z->w) {                                                                      \
			for (int i = 0; i < 8; i++) cs[i] = RAMP(NAME##_at)(z, p, c, x + (i < n ? i : n - 1));                                              \
		} else if (sh == 1 && st == 1) {                                                                                                        \
			return RAMP(floats)(RAMP(PAIRS)(own));                                                                                              \
		} else if (sh == 1) {                                                                                                                   \
			for (int i = 0; i < 8; i++) cs[i] = (float)own[(i >> 1) * st];                                                                      \
		} else if (z->reach == 0 && st == 1) {                                                                                                  \
			return RAMP(floats)(RAMP(EIGHT)(own));                                                                                              \
		} else if (z->reach == 0) {                                                                                                             \
			for (int i = 0; i < 8; i++) cs[i] = (float)own[i * st];                                                                             \
		} else if (st == 1) {                                                                                                                   \
			m8 sum = RAMP(EIGHT)(own) + RAMP(EIGHT)(above - r) + RAMP(EIGHT)(above + r);                                                        \
			sum += RAMP(EIGHT)(below - r) + RAMP(EIGHT)(below + r);                                                                             \
			return RAMP(floats)(sum) * ALL(0.2f);                                                                                               \
		} else {                                                                                                                                \
			for (int i = 0; i < 8; i++) {                                                                                                       \
				const int64_t q = i * st;                                                                                                       \
				cs[i] = (float)(own[q] + above[q - r] + above[q + r] + below[q - r] + below[q + r]) * 0.2f;                                     \
			}                                                                                                                                   \
		}                                                                                                                                       \
		return LOAD(cs);                                                                                                                        \
	}                                                                                                                                           \
	TARGET LINK void RAMP(NAME)(float *dst, const sm_zoom *z, const float *fields, const uint8_t *flag, const int32_t *first,                   \
		const int32_t *idx, const float *fx, const T *p0, const T *p1, const T *p2) {                                                           \
		const T *const p[3] = {p0, p1, p2};                                                                                                     \
		float t[SM_FIELDS][SM_RAMP_LINE];                                                                                                       \
		memset(t, 0, sizeof t);                                                                                                                 \
		int64_t x = 0, have = -2;                                                                                                               \
		for (int64_t b = 0; b < z->blocks; b++) {                                                                                               \
			if (!(flag[z->flag0 + b] | flag[z->flag1 + b])) continue;                                                                           \
			RAMP(lines)(t, z, fields, b, have + 1 == b);                                                                                        \
			have = b;                                                                                                                           \
			x = x > first[2 * b] ? x : first[2 * b] & ~1;                                                                                       \
			for (int64_t n, x1 = first[2 * b + 1]; x < x1; x += n) {                                                                            \
				n = 8;                                                                                                                          \
				if (x + 8 > z->w || idx[x + 7] > 8 * b + 14) n = x1 - x < 8 ? x1 - x : 8;                                                       \
				int32_t at[8];                                                                                                                  \
				float vs[8];                                                                                                                    \
				v8 v;                                                                                                                           \
				RAMP(places) q;                                                                                                                 \
				if (n == 8) {                                                                                                                   \
					v = LOAD(dst + x), q = RAMP(place)(*(const m8 *)(idx + x) - (int32_t)(8 * b - 8), LOAD(fx + x));                            \
				} else {                                                                                                                        \
					float fs[8];                                                                                                                \
					for (int i = 0; i < 8; i++) {                                                                                               \
						int64_t k = x + (i < n ? i : n - 1);                                                                                    \
						at[i] = (int32_t)(idx[k] - 8 * b + 8), fs[i] = fx[k], vs[i] = dst[k];                                                   \
					}                                                                                                                           \
					v = LOAD(vs), q = RAMP(place)(*(const m8 *)at, LOAD(fs));                                                                   \
				}                                                                                                                               \
				v8 mix = RAMP(between)(t[3], &q);                                                                                               \
				if (!RAMP(any)(mix > ALL(0.0f))) continue;                                                                                      \
				v8 near = RAMP(between)(t[0], &q), far = RAMP(between)(t[1], &q), e = ALL(0.0f);                                                \
				v8 lean = RAMP(lean)(v, RAMP(between)(t[2], &q), near - far);                                                                   \
				if (RAMP(any)(RAMP(open)(z, lean) & (mix > ALL(0.0f)))) {                                                                       \
					e = RAMP(between)(t[7], &q);                                                                                                \
					for (int c = 0; c < z->comps; c++)                                                                                          \
						e += RAMP(between)(t[4 + c], &q) * RAMP(NAME##_read)(z, p[c], c, x, n) * ALL(z->scale[c]);                              \
				}                                                                                                                               \
				v8 to = RAMP(side)(z, v, near, far, mix, lean, e);                                                                              \
				if (n == 8) {                                                                                                                   \
					STORE(dst + x, to);                                                                                                         \
				} else {                                                                                                                        \
					STORE(vs, to);                                                                                                              \
					memcpy(dst + x, vs, (size_t)n * sizeof *vs);                                                                                \
				}                                                                                                                               \
			}                                                                                                                                   \
		}                                                                                                                                       \
	}

DRAW(draw8, uint8_t, eight8, pairs8)
DRAW(draw16, uint16_t, eight16, pairs16)

#undef v8
#undef m8
#undef INLINE
#undef DRAW
#undef LOAD
#undef STORE
#undef ALL
#undef PICK
#undef VMIN
#undef VMAX
#undef VABS
#undef MULADD
#undef SUBMUL
#undef CLAMP01

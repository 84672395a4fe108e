//go:build coremlstub

/*
 * A stand-in for the Swift bridge, so that everything above bridge.h can be
 * run where there is no Mac. What it computes can be checked; see standin.h.
 */
#include "standin.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static struct {
	int32_t after, times, result;
} wishes[STANDIN_ENTRIES];
static int64_t calls[STANDIN_ENTRIES];
static int64_t live, cancels;
static int32_t running, peak, held, waiting, devices = 1 << SM_UNITS_CPU | 1 << SM_UNITS_GPU | 1 << SM_UNITS_NEURAL_ENGINE;

void standin_fail(int32_t entry, int32_t after, int32_t times, int32_t result) {
	pthread_mutex_lock(&lock);
	wishes[entry].after = after;
	wishes[entry].times = times;
	wishes[entry].result = result;
	pthread_mutex_unlock(&lock);
}

int64_t standin_calls(int32_t entry) {
	pthread_mutex_lock(&lock);
	int64_t n = calls[entry];
	pthread_mutex_unlock(&lock);
	return n;
}

int64_t standin_live(void) {
	pthread_mutex_lock(&lock);
	int64_t n = live;
	pthread_mutex_unlock(&lock);
	return n;
}

int32_t standin_peak(void) {
	pthread_mutex_lock(&lock);
	int32_t n = peak;
	pthread_mutex_unlock(&lock);
	return n;
}

void standin_hold(int32_t on) {
	pthread_mutex_lock(&lock);
	held = on;
	pthread_cond_broadcast(&moved);
	pthread_mutex_unlock(&lock);
}

void standin_await(int32_t count) {
	pthread_mutex_lock(&lock);
	while (waiting < count) {
		pthread_cond_wait(&moved, &lock);
	}
	pthread_mutex_unlock(&lock);
}

void standin_await_cancels(int64_t count) {
	pthread_mutex_lock(&lock);
	while (cancels < count) {
		pthread_cond_wait(&moved, &lock);
	}
	pthread_mutex_unlock(&lock);
}

void standin_devices(int32_t mask) {
	pthread_mutex_lock(&lock);
	devices = mask;
	pthread_mutex_unlock(&lock);
}

void standin_reset(void) {
	pthread_mutex_lock(&lock);
	memset(wishes, 0, sizeof wishes);
	memset(calls, 0, sizeof calls);
	running = peak = held = 0;
	cancels = 0;
	devices = 1 << SM_UNITS_CPU | 1 << SM_UNITS_GPU | 1 << SM_UNITS_NEURAL_ENGINE;
	pthread_cond_broadcast(&moved);
	pthread_mutex_unlock(&lock);
}

static int32_t say(int32_t result, char *error, int64_t size, const char *format, ...) {
	if (error != NULL && size > 0) {
		va_list args;
		va_start(args, format);
		vsnprintf(error, (size_t)size, format, args);
		va_end(args);
	}
	return result;
}

/* enter counts a call and returns the result it was told to end with. */
static int32_t enter(int32_t entry, char *error, int64_t size) {
	pthread_mutex_lock(&lock);
	calls[entry]++;
	int32_t result = SM_OK;
	if (wishes[entry].times != 0) {
		if (wishes[entry].after > 0) {
			wishes[entry].after--;
		} else {
			result = wishes[entry].result;
			if (wishes[entry].times > 0) {
				wishes[entry].times--;
			}
		}
	}
	pthread_mutex_unlock(&lock);
	return result == SM_OK ? SM_OK : say(result, error, size, "told to fail at entry %d", entry);
}

static void *made(void *p) {
	pthread_mutex_lock(&lock);
	live++;
	pthread_mutex_unlock(&lock);
	return p;
}

static void gone(void) {
	pthread_mutex_lock(&lock);
	live--;
	pthread_mutex_unlock(&lock);
}

/* pass waits while predictions are held. */
static void pass(void) {
	pthread_mutex_lock(&lock);
	waiting++;
	pthread_cond_broadcast(&moved);
	while (held) {
		pthread_cond_wait(&moved, &lock);
	}
	waiting--;
	pthread_mutex_unlock(&lock);
}

int32_t sm_contract(void) { return SM_CONTRACT; }

static int32_t put(char *text, int64_t size, const char *what, char *error, int64_t error_size) {
	if ((int64_t)strlen(what) >= size) {
		return say(SM_FAILED, error, error_size, "the answer has %zu bytes", strlen(what));
	}
	strcpy(text, what);
	return SM_OK;
}

int32_t sm_system(char *text, int64_t text_size, char *error, int64_t error_size) {
	int32_t result = enter(STANDIN_SYSTEM, error, error_size);
	if (result != SM_OK) {
		return result;
	}
	char out[256];
	pthread_mutex_lock(&lock);
	snprintf(out, sizeof out, "{\"os\":\"0.0.0\",\"chip\":\"stand-in\",\"devices\":[\"cpu\"%s%s],\"spatial_video\":true,\"spatial_photo\":true}",
		devices & 1 << SM_UNITS_GPU ? ",\"gpu\"" : "", devices & 1 << SM_UNITS_NEURAL_ENGINE ? ",\"neural engine\"" : "");
	pthread_mutex_unlock(&lock);
	return put(text, text_size, out, error, error_size);
}

/* ---- tokens ---- */

struct token {
	int cancelled;
};

void *sm_token_new(void) { return made(calloc(1, sizeof(struct token))); }

void sm_token_cancel(void *token) {
	__atomic_store_n(&((struct token *)token)->cancelled, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_lock(&lock);
	cancels++;
	pthread_cond_broadcast(&moved);
	pthread_mutex_unlock(&lock);
}

void sm_token_free(void *token) {
	free(token);
	gone();
}

static int cancelled(void *token) {
	return token != NULL && __atomic_load_n(&((struct token *)token)->cancelled, __ATOMIC_SEQ_CST);
}

/* ---- models ---- */

struct model {
	char kind[16], format[8], output[16], second[32];
	char meta[512];
	int w, h, ow, oh, farther, norm, noshape, loadfail, anefail, steady, mirror;
	double scale;
	int32_t units, concurrency, made;
	pthread_mutex_t one;
};

static int32_t parse(const char *folder, struct model *m, char *error, int64_t size) {
	char path[4096], line[512];
	snprintf(path, sizeof path, "%s/standin.txt", folder);
	FILE *f = fopen(path, "r");
	if (f == NULL) {
		return say(SM_FAILED, error, size, "%s: %s", path, strerror(errno));
	}
	memset(m, 0, sizeof *m);
	strcpy(m->kind, "image");
	strcpy(m->format, "BGRA");
	strcpy(m->output, "image16half");
	m->scale = 1;
	int good = 0;
	while (fgets(line, sizeof line, f) != NULL) {
		char key[32], value[256];
		sscanf(line, "input %15s %d %d %7s", m->kind, &m->w, &m->h, m->format);
		sscanf(line, "output %15s", m->output);
		sscanf(line, "outsize %d %d", &m->ow, &m->oh);
		sscanf(line, "second %31s", m->second);
		sscanf(line, "scale %lf", &m->scale);
		sscanf(line, "farther %d", &m->farther);
		sscanf(line, "norm %d", &m->norm);
		sscanf(line, "noshape %d", &m->noshape);
		sscanf(line, "mirror %d", &m->mirror);
		sscanf(line, "loadfail %d", &m->loadfail);
		sscanf(line, "anefail %d", &m->anefail);
		sscanf(line, "steady %d", &m->steady);
		if (sscanf(line, "meta %31s %255[^\n]", key, value) == 2) {
			size_t at = strlen(m->meta);
			snprintf(m->meta + at, sizeof m->meta - at, "%s\"%s\":\"%s\"", at ? "," : "", key, value);
		}
		good |= strncmp(line, "input ", 6) == 0;
	}
	fclose(f);
	if (m->ow == 0) {
		m->ow = m->w;
		m->oh = m->h;
	}
	return good ? SM_OK : say(SM_FAILED, error, size, "%s: damaged", path);
}

int32_t sm_compile(const char *source, const char *destination, void *token, char *error, int64_t error_size) {
	int32_t result = enter(STANDIN_COMPILE, error, error_size);
	if (result != SM_OK) {
		return result;
	}
	struct model m;
	if ((result = parse(source, &m, error, error_size)) != SM_OK) {
		return result;
	}
	if (cancelled(token)) {
		return say(SM_CANCELLED, error, error_size, "cancelled");
	}
	char from[4096], to[4096], block[4096];
	snprintf(from, sizeof from, "%s/standin.txt", source);
	snprintf(to, sizeof to, "%s/standin.txt", destination);
	if (mkdir(destination, 0755) != 0) {
		return say(SM_FAILED, error, error_size, "%s: %s", destination, strerror(errno));
	}
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	if (in != NULL && out != NULL) {
		for (size_t n; (n = fread(block, 1, sizeof block, in)) > 0;) {
			fwrite(block, 1, n, out);
		}
	}
	result = in != NULL && out != NULL && !ferror(out) ? SM_OK : say(SM_FAILED, error, error_size, "%s: %s", to, strerror(errno));
	if (in != NULL) {
		fclose(in);
	}
	if (out != NULL) {
		fclose(out);
	}
	return result;
}

int32_t sm_model_load(const char *compiled, int32_t units, int32_t concurrency, void **model, char *error, int64_t error_size) {
	int32_t result = enter(STANDIN_LOAD, error, error_size);
	if (result != SM_OK) {
		return result;
	}
	struct model *m = calloc(1, sizeof *m);
	if ((result = parse(compiled, m, error, error_size)) != SM_OK) {
		free(m);
		return result;
	}
	pthread_mutex_lock(&lock);
	int64_t loads = calls[STANDIN_LOAD];
	pthread_mutex_unlock(&lock);
	if (m->loadfail & 1 << units) {
		free(m);
		return say(SM_FAILED, error, error_size, "does not load for units %d", units);
	}
	if (m->steady && loads > 1) {
		m->anefail = 0;
	}
	m->units = units;
	m->concurrency = concurrency;
	pthread_mutex_init(&m->one, NULL);
	*model = made(m);
	return SM_OK;
}

void sm_model_free(void *model) {
	struct model *m = model;
	pthread_mutex_destroy(&m->one);
	free(m);
	gone();
}

int32_t sm_model_describe(void *model, char *text, int64_t text_size, char *error, int64_t error_size) {
	int32_t result = enter(STANDIN_DESCRIBE, error, error_size);
	if (result != SM_OK) {
		return result;
	}
	struct model *m = model;
	char in[256], shape[160], second[256] = "", all[2048];
	if (strcmp(m->kind, "image") == 0) {
		snprintf(in, sizeof in, "{\"name\":\"image\",\"kind\":\"image\",\"format\":\"%s\",\"width\":%d,\"height\":%d}", m->format, m->w, m->h);
	} else {
		snprintf(in, sizeof in, "{\"name\":\"image\",\"kind\":\"%s\",\"type\":\"float32\",\"shape\":[1,3,%d,%d]}", m->kind, m->h, m->w);
	}
	if (strcmp(m->output, "image16half") == 0) {
		snprintf(shape, sizeof shape, "\"kind\":\"image\",\"format\":\"L00h\",\"width\":%d,\"height\":%d", m->ow, m->oh);
	} else if (m->noshape) {
		snprintf(shape, sizeof shape, "\"kind\":\"array\",\"type\":\"%s\",\"shape\":[]", m->output);
	} else {
		snprintf(shape, sizeof shape, "\"kind\":\"array\",\"type\":\"%s\",\"shape\":[1,%d,%d]", m->output, m->oh, m->ow);
	}
	if (m->second[0] != 0) {
		snprintf(second, sizeof second, "{\"name\":\"%s\",%s},", m->second, shape);
	}
	snprintf(all, sizeof all, "{\"inputs\":[%s],\"outputs\":[%s{\"name\":\"depth\",%s}],\"metadata\":{%s}}", in, second, shape, m->meta);
	return put(text, text_size, all, error, error_size);
}

/* half rounds to the nearest 16-bit float. */
static uint16_t half(float v) {
	uint32_t bits;
	memcpy(&bits, &v, 4);
	uint32_t sign = bits >> 16 & 0x8000;
	int exponent = (int)(bits >> 23 & 255) - 112;
	if (exponent <= 0) {
		return (uint16_t)(sign | (uint32_t)lrintf(fabsf(v) * 16777216.0f)); /* subnormal: units of 2^-24 */
	}
	if (exponent > 30) {
		return (uint16_t)(sign | 0x7c00);
	}
	return (uint16_t)(sign | (((uint32_t)exponent << 10 | (bits >> 13 & 1023)) + (bits >> 12 & 1)));
}

static float widen(uint16_t h) {
	int exponent = h >> 10 & 31;
	float mantissa = (float)(h & 1023);
	float v = exponent == 0 ? ldexpf(mantissa, -24) : exponent == 31 ? INFINITY : ldexpf(1024.0f + mantissa, exponent - 25);
	return h & 0x8000 ? -v : v;
}

static float sample(const sm_image *p, int x, int y) {
	if (p->format == SM_BGRA8) {
		const uint8_t *s = (const uint8_t *)p->plane0 + y * p->stride0 + 4 * x;
		return (float)(s[2] + 2 * s[1] + 4 * s[0]) / (7 * 255.0f);
	}
	float r = *(const float *)((const char *)p->plane0 + y * p->stride0 + 4 * x);
	float g = *(const float *)((const char *)p->plane1 + y * p->stride1 + 4 * x);
	float b = *(const float *)((const char *)p->plane2 + y * p->stride2 + 4 * x);
	return (r + 2 * g + 4 * b) / 7;
}

/* infer writes the answer through a buffer of the model's own element type
 * whose rows are longer than they need be, as Core ML's are. */
static int32_t infer(const struct model *m, const sm_image *p, const sm_floats *a) {
	int stride = m->ow + 37;
	int wide = strcmp(m->output, "double") == 0 ? 8 : strcmp(m->output, "float32") == 0 ? 4 : 2;
	char *buffer = malloc((size_t)stride * m->oh * wide);
	memset(buffer, 0x7f, (size_t)stride * m->oh * wide);
	float most = 0;
	for (int pass = 0; pass < 2; pass++) {
		for (int y = 0; y < m->oh; y++) {
			for (int x = 0; x < m->ow; x++) {
				int sx = x * p->width / m->ow, sy = y * p->height / m->oh;
				float v = 0.5f * y / fmaxf(1, m->oh - 1) + 0.25f * x / fmaxf(1, m->ow - 1) + 0.25f * sample(p, sx, sy);
				if (m->mirror) {
					v = sample(p, sx, sy);
				}
				if (m->farther) {
					v = 1 / (0.1f + v);
				}
				v *= (float)m->scale;
				if (pass == 0) {
					most = fmaxf(most, v);
					continue;
				}
				if (m->norm && most > 0) {
					v /= most;
				}
				size_t at = (size_t)y * stride + x;
				if (wide == 8) {
					((double *)buffer)[at] = v;
				} else if (wide == 4) {
					((float *)buffer)[at] = v;
				} else {
					((uint16_t *)buffer)[at] = half(v);
				}
			}
		}
	}
	for (int y = 0; y < m->oh; y++) {
		float *row = (float *)((char *)a->data + y * a->stride);
		for (int x = 0; x < m->ow; x++) {
			size_t at = (size_t)y * stride + x;
			row[x] = wide == 8 ? (float)((double *)buffer)[at] : wide == 4 ? ((float *)buffer)[at] : widen(((uint16_t *)buffer)[at]);
		}
	}
	free(buffer);
	return SM_OK;
}

static int32_t predict_one(struct model *m, const char *input, const char *output, const sm_image *p, const sm_floats *a, char *error, int64_t size) {
	if (strcmp(input, "image") != 0 || (strcmp(output, "depth") != 0 && strcmp(output, m->second) != 0)) {
		return say(SM_ARGUMENT, error, size, "no feature %s or %s", input, output);
	}
	int32_t wants = strcmp(m->kind, "image") == 0 ? SM_BGRA8 : SM_RGB_F32;
	if (p->format != wants || p->width != m->w || p->height != m->h || a->width != m->ow || a->height != m->oh) {
		return say(SM_ARGUMENT, error, size, "format %d, %dx%d to %dx%d", p->format, p->width, p->height, a->width, a->height);
	}
	int32_t result = enter(STANDIN_PREDICT, error, size);
	if (result != SM_OK) {
		return result;
	}
	int32_t mine = __atomic_add_fetch(&m->made, 1, __ATOMIC_SEQ_CST);
	if (m->units == SM_UNITS_NEURAL_ENGINE && m->anefail > 0 && mine >= m->anefail) {
		return say(SM_FAILED, error, size, "the Neural Engine has no surface left");
	}
	if (strcmp(output, m->second) == 0) {
		for (int y = 0; y < a->height; y++) {
			memset((char *)a->data + y * a->stride, 0, (size_t)a->width * 4);
		}
		return SM_OK;
	}
	return infer(m, p, a);
}

int32_t sm_model_predict(void *model, void *token, const char *input, const char *output, const sm_image *pictures, const sm_floats *answers, int32_t count, int32_t *done, char *error, int64_t error_size) {
	struct model *m = model;
	*done = 0;
	for (int32_t i = 0; i < count; i++) {
		if (m->concurrency == 1) {
			pthread_mutex_lock(&m->one);
		}
		pthread_mutex_lock(&lock);
		running++;
		peak = running > peak ? running : peak;
		pthread_mutex_unlock(&lock);
		pass();
		int32_t result = cancelled(token)
			? say(SM_CANCELLED, error, error_size, "cancelled")
			: predict_one(m, input, output, &pictures[i], &answers[i], error, error_size);
		pthread_mutex_lock(&lock);
		running--;
		pthread_mutex_unlock(&lock);
		if (m->concurrency == 1) {
			pthread_mutex_unlock(&m->one);
		}
		if (result != SM_OK) {
			return result;
		}
		*done = i + 1;
	}
	return SM_OK;
}

int32_t sm_model_plan(const char *compiled, int32_t units, char *text, int64_t text_size, char *error, int64_t error_size) {
	int32_t result = enter(STANDIN_PLAN, error, error_size);
	if (result != SM_OK) {
		return result;
	}
	struct model m;
	if ((result = parse(compiled, &m, error, error_size)) != SM_OK) {
		return result;
	}
	return put(text, text_size, units == SM_UNITS_NEURAL_ENGINE ? "{\"neural engine\":90,\"cpu\":10}" : "{\"cpu\":100}", error, error_size);
}

/* ---- spatial files: a readable record of what came in ---- */

struct video {
	char path[4096];
	FILE *file;
	sm_video_options o;
	int frames, complete;
};

static uint64_t mix(uint64_t h, const void *data, size_t n) {
	for (size_t i = 0; i < n; i++) {
		h = (h ^ ((const uint8_t *)data)[i]) * 0x100000001b3ull; /* FNV-1a */
	}
	return h;
}

/* digest reads every sample of a picture. */
static uint64_t digest(const sm_image *p) {
	uint64_t h = 0xcbf29ce484222325ull;
	size_t row[3] = {0, 0, 0}, rows[3] = {(size_t)p->height, (size_t)p->height, (size_t)p->height};
	switch (p->format) {
	case SM_BGRA8:
	case SM_RGBX8:
		row[0] = (size_t)p->width * 4;
		break;
	case SM_RGBX16:
		row[0] = (size_t)p->width * 8;
		break;
	case SM_YUV420_8:
	case SM_YUV420_10:
		row[0] = row[1] = (size_t)p->width * (p->format == SM_YUV420_8 ? 1 : 2);
		rows[1] = (size_t)p->height / 2;
		break;
	}
	const void *planes[3] = {p->plane0, p->plane1, p->plane2};
	int64_t strides[3] = {p->stride0, p->stride1, p->stride2};
	for (int i = 0; i < 3; i++) {
		for (size_t y = 0; row[i] > 0 && y < rows[i]; y++) {
			h = mix(h, (const char *)planes[i] + (int64_t)y * strides[i], row[i]);
		}
	}
	return h;
}

static void record_camera(FILE *f, const sm_camera *c) {
	fprintf(f, "camera focal %.3f left %.3f right %.3f y %.3f baseline %d field %d adjustment %d hero %d\n",
		c->focal, c->left_x, c->right_x, c->centre_y, c->baseline, c->field, c->adjustment, c->hero);
}

static void record_bytes(FILE *f, const char *name, const uint8_t *bytes, int n) {
	if (bytes != NULL) {
		fprintf(f, "%s ", name);
		for (int i = 0; i < n; i++) {
			fprintf(f, "%02x", bytes[i]);
		}
		fprintf(f, "\n");
	}
}

int32_t sm_video_open(const sm_video_options *o, void **writer, char *error, int64_t error_size) {
	int32_t result = enter(STANDIN_VIDEO_OPEN, error, error_size);
	if (result != SM_OK) {
		return result;
	}
	FILE *f = fopen(o->path, "wx");
	if (f == NULL) {
		return say(SM_FAILED, error, error_size, "%s: %s", o->path, strerror(errno));
	}
	for (int32_t i = 0; i < o->chapter_count; i++) {
		const sm_chapter *c = &o->chapters[i];
		if (c->end <= c->start || c->start < (i == 0 ? o->start : c[-1].end)) {
			fclose(f);
			unlink(o->path);
			return say(SM_ARGUMENT, error, error_size, "chapter %d from %lld to %lld", i, (long long)c->start, (long long)c->end);
		}
	}
	if (o->source != NULL && access(o->source, R_OK) != 0) {
		fclose(f);
		unlink(o->path);
		return say(SM_FAILED, error, error_size, "%s: %s", o->source, strerror(errno));
	}
	struct video *v = calloc(1, sizeof *v);
	snprintf(v->path, sizeof v->path, "%s", o->path);
	v->file = f;
	v->o = *o;
	fprintf(f, "video %dx%d format %d full %d pixels %d:%d colour %d %d %d timescale %d start %lld until %lld quality %.2f bitrate %lld source %s\n",
		o->width, o->height, o->format, o->full_range, o->pixel_width, o->pixel_height, o->primaries, o->transfer, o->matrix, o->timescale,
		(long long)o->start, (long long)o->until, o->quality, (long long)o->bitrate, o->source == NULL ? "-" : o->source);
	record_camera(f, &o->camera);
	record_bytes(f, "mastering", o->mastering, 24);
	record_bytes(f, "light", o->light, 4);
	for (int32_t i = 0; i < o->chapter_count; i++) {
		fprintf(f, "chapter %lld %lld %s\n", (long long)o->chapters[i].start, (long long)o->chapters[i].end, o->chapters[i].title);
	}
	v->o.path = v->o.source = NULL; /* the caller's */
	v->o.mastering = v->o.light = NULL;
	v->o.chapters = NULL;
	*writer = made(v);
	return SM_OK;
}

int32_t sm_video_append(void *writer, void *token, const sm_image *left, const sm_image *right, int64_t time, char *error, int64_t error_size) {
	struct video *v = writer;
	pass();
	if (cancelled(token)) {
		return say(SM_CANCELLED, error, error_size, "cancelled");
	}
	int32_t result = enter(STANDIN_VIDEO_APPEND, error, error_size);
	if (result != SM_OK) {
		return result;
	}
	if (left->format != v->o.format || right->format != v->o.format || left->width != v->o.width || left->height != v->o.height) {
		return say(SM_ARGUMENT, error, error_size, "eye of format %d, %dx%d", left->format, left->width, left->height);
	}
	fprintf(v->file, "frame %lld %016llx %016llx\n", (long long)time, (unsigned long long)digest(left), (unsigned long long)digest(right));
	v->frames++;
	return SM_OK;
}

int32_t sm_video_finish(void *writer, void *token, int64_t end, char *text, int64_t text_size, char *error, int64_t error_size) {
	struct video *v = writer;
	int32_t result = enter(STANDIN_VIDEO_FINISH, error, error_size);
	if (result != SM_OK) {
		return result;
	}
	if (cancelled(token)) {
		return say(SM_CANCELLED, error, error_size, "cancelled");
	}
	fprintf(v->file, "end %lld\n", (long long)end);
	if (fclose(v->file) != 0) {
		v->file = NULL;
		return say(SM_FAILED, error, error_size, "%s: %s", v->path, strerror(errno));
	}
	v->file = NULL;
	v->complete = 1;
	char out[160];
	snprintf(out, sizeof out, "{\"frames\":%d,\"audio\":1,\"other\":0,\"chapters\":%d,\"skipped\":[\"stand-in\"]}", v->frames, v->o.chapter_count);
	return put(text, text_size, out, error, error_size);
}

void sm_video_free(void *writer) {
	struct video *v = writer;
	if (v->file != NULL) {
		fclose(v->file);
	}
	if (!v->complete) {
		unlink(v->path);
	}
	free(v);
	gone();
}

int32_t sm_photo_write(const sm_photo_options *o, const sm_image *left, const sm_image *right, char *error, int64_t error_size) {
	int32_t result = enter(STANDIN_PHOTO, error, error_size);
	if (result != SM_OK) {
		return result;
	}
	FILE *f = fopen(o->path, "w");
	if (f == NULL) {
		return say(SM_FAILED, error, error_size, "%s: %s", o->path, strerror(errno));
	}
	fprintf(f, "photo %dx%d format %d quality %.2f profile %lld %016llx source %s\n", left->width, left->height, left->format, o->quality,
		(long long)o->profile_size, (unsigned long long)mix(0xcbf29ce484222325ull, o->profile, (size_t)o->profile_size),
		o->source == NULL ? "-" : o->source);
	record_camera(f, &o->camera);
	fprintf(f, "eyes %016llx %016llx\n", (unsigned long long)digest(left), (unsigned long long)digest(right));
	return fclose(f) == 0 ? SM_OK : say(SM_FAILED, error, error_size, "%s: %s", o->path, strerror(errno));
}

/* ---- files handed to the program ---- */

static char handed[32][1024];
static int32_t in_hand;

void standin_open(const char *path) {
	pthread_mutex_lock(&lock);
	if (in_hand < 32) {
		snprintf(handed[in_hand++], sizeof handed[0], "%s", path);
	}
	pthread_cond_broadcast(&moved);
	pthread_mutex_unlock(&lock);
}

int32_t sm_opened_listen(char *error, int64_t error_size) {
	return enter(STANDIN_LISTEN, error, error_size);
}

int32_t sm_opened_wait(void *token, char *text, int64_t text_size, char *error, int64_t error_size) {
	int32_t result = enter(STANDIN_WAIT, error, error_size);
	if (result != SM_OK) {
		return result;
	}
	char out[64 + sizeof handed] = "{\"paths\":[";
	pthread_mutex_lock(&lock);
	waiting++;
	pthread_cond_broadcast(&moved);
	while (in_hand == 0 && !cancelled(token)) {
		pthread_cond_wait(&moved, &lock);
	}
	waiting--;
	for (int i = 0; i < in_hand; i++) {
		snprintf(out + strlen(out), sizeof out - strlen(out), "%s\"%s\"", i == 0 ? "" : ",", handed[i]);
	}
	int32_t some = in_hand;
	in_hand = 0;
	pthread_mutex_unlock(&lock);
	if (some == 0) {
		return say(SM_CANCELLED, error, error_size, "cancelled");
	}
	strcat(out, "]}");
	return put(text, text_size, out, error, error_size);
}

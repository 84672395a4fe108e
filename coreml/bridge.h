/*
 * The contract between the Go side (native_cgo.go) and what does the work:
 * the Swift files in bridge/ on a Mac, standin.c in tests on other systems.
 *
 * Results. Every entry point that can fail returns one of SM_OK .. SM_FULL and,
 * unless it is SM_OK, leaves a sentence in error: UTF-8, no newline at the end,
 * always terminated, cut when error_size bytes are too few. Nothing is printed.
 *
 * Ownership. Handles (void *) belong to the caller, who gives each back exactly
 * once to the free function of its kind. Every other pointer, in arguments and
 * in structs, is the caller's and is neither kept nor touched after the call
 * has returned, also when it fails.
 *
 * Threads. Every entry point may be called from any thread; no thread needs a
 * run loop or an autorelease pool. What may be called at the same time on the
 * same handle stands with the entry point. Calls block until done.
 *
 * Texts going in are UTF-8 and terminated; paths are absolute. Texts coming
 * out are JSON in the caller's buffer; one that does not fit is SM_FAILED.
 */
#ifndef SPATIALMAKER_BRIDGE_H
#define SPATIALMAKER_BRIDGE_H

#include <stdint.h>

/* Raised when this file changes in a way that the other side must follow. */
#define SM_CONTRACT 4

/* Results. */
#define SM_OK 0
#define SM_FAILED 1      /* the system said no; error says why */
#define SM_UNSUPPORTED 2 /* this system or machine cannot do it */
#define SM_CANCELLED 3   /* the token was cancelled */
#define SM_ARGUMENT 4    /* the arguments do not fit together */
#define SM_FULL 5        /* the disk has no room left */

/* Compute units: what a model may be run on. */
#define SM_UNITS_CPU 1
#define SM_UNITS_GPU 2           /* CPU and GPU */
#define SM_UNITS_NEURAL_ENGINE 3 /* CPU and Neural Engine */

/* Pixels of sm_image. */
#define SM_BGRA8 1      /* 1 plane of 4 bytes a pixel */
#define SM_RGB_F32 2    /* 3 planes of float: R, G, B */
#define SM_RGBX8 3      /* 1 plane of 4 bytes; the fourth is not looked at */
#define SM_RGBX16 4     /* 1 plane of 4 native-endian uint16 */
#define SM_YUV420_8 5   /* 2 planes: Y', and Cb Cr interleaved at half size */
#define SM_YUV420_10 6  /* the same in uint16, the sample in the upper 10 bits */

/* A picture in the caller's memory. Strides are bytes from row to row. */
typedef struct sm_image {
	int32_t format;
	int32_t width;
	int32_t height;
	int32_t full_range; /* YUV only: Y' spans 0..max instead of 16..235 */
	const void *plane0;
	const void *plane1;
	const void *plane2;
	int64_t stride0;
	int64_t stride1;
	int64_t stride2;
} sm_image;

/* Where a model's answer goes: height rows of width floats. */
typedef struct sm_floats {
	float *data;
	int64_t stride; /* bytes from row to row, a multiple of 4 */
	int32_t width;
	int32_t height;
} sm_floats;

/* Whom a spatial pair was taken by; see processor/pack/spatial.go. */
typedef struct sm_camera {
	double focal;  /* pixels */
	double left_x; /* principal points, pixels */
	double right_x;
	double centre_y;
	int32_t baseline;   /* micrometres */
	int32_t field;      /* horizontal field of view, 1/1000 degree */
	int32_t adjustment; /* horizontal disparity adjustment, 1/10000 of the width */
	int32_t hero;       /* the eye shown where one is: 0 unsaid, 1 left, 2 right */
} sm_camera;

/* A named part of a film, from start to before end. */
typedef struct sm_chapter {
	const char *title; /* at most 65535 bytes */
	int64_t start;
	int64_t end;
} sm_chapter;

/* What a spatial video is to be. Times are in units of 1/timescale second on
 * the source's own clock, so that its other tracks need no shift. */
typedef struct sm_video_options {
	const char *path;   /* .mov to create; must not exist */
	const char *source; /* file whose other tracks and metadata are copied, or null */
	int32_t width;      /* of one eye, even */
	int32_t height;     /* even */
	int32_t format;     /* SM_YUV420_8 or SM_YUV420_10 */
	int32_t full_range;
	int32_t pixel_width; /* shape of a pixel, 0 or equal to its height: square */
	int32_t pixel_height;
	int32_t primaries; /* ITU-T H.273 code points, 2 unspecified */
	int32_t transfer;
	int32_t matrix;
	const void *mastering; /* HDR10, or null: 24 bytes as in the SEI message of ISO/IEC 23008-2 D.2.28 */
	const void *light;     /* HDR10, or null: 4 bytes as in D.2.35, the most of a pixel and of a frame */
	int32_t timescale;
	int64_t start;   /* presented first; earlier samples are cut */
	int64_t until;   /* nothing of source after it is copied; 0: to its end */
	double quality;  /* 0..1, or negative: the encoder's own choice */
	int64_t bitrate; /* bits a second, 0: by quality */
	const sm_chapter *chapters; /* one after the other; those of source are not copied */
	int32_t chapter_count;
	sm_camera camera;
} sm_video_options;

/* What a spatial photo is to be. */
typedef struct sm_photo_options {
	const char *path;   /* .heic to create; an existing file is replaced */
	const char *source; /* file whose EXIF, GPS, IPTC and TIFF data are copied, or null */
	const void *profile; /* ICC profile of the pixels, or null for sRGB */
	int64_t profile_size;
	double quality; /* 0..1 */
	sm_camera camera;
} sm_photo_options;

/* Swift reads the types from here and defines the functions itself: it is told
 * not to look at their declarations, which a test compares instead. */
#ifndef SM_TYPES_ONLY

/* sm_contract returns SM_CONTRACT as the other side was built with. */
int32_t sm_contract(void);

/* sm_system describes the machine: {"os":"14.5.0","chip":"…",
 * "devices":["cpu","gpu","neural engine"],"spatial_video":true,
 * "spatial_photo":true}. */
int32_t sm_system(char *text, int64_t text_size, char *error, int64_t error_size);

/* A token carries a wish to stop into running calls. sm_token_cancel may be
 * called while any other call uses the token, more than once, but not after
 * sm_token_free. A null token is one that is never cancelled. */
void *sm_token_new(void);
void sm_token_cancel(void *token);
void sm_token_free(void *token);

/* sm_compile compiles the package at source through the asynchronous interface
 * and moves the result to destination, which must not exist and lies where the
 * caller may write. On failure nothing is left there. The token is looked at
 * before and after the compilation, which itself cannot be stopped. */
int32_t sm_compile(const char *source, const char *destination, void *token, char *error, int64_t error_size);

/* sm_model_load opens a compiled model for the given units and stores a handle
 * in model; it fails rather than choose others. With concurrency 1 the model
 * runs one prediction at a time and further calls wait; with more, up to that
 * many run at once. */
int32_t sm_model_load(const char *compiled, int32_t units, int32_t concurrency, void **model, char *error, int64_t error_size);

/* sm_model_describe gives {"inputs":[FEATURE…],"outputs":[FEATURE…],
 * "metadata":{"key":"value"}} with FEATURE {"name","kind":"image"|"array"|
 * other,"format":"BGRA"|"L00h"|… (image),"width","height" (image),"type":
 * "float16"|"float32"|"double"|"int32" (array),"shape":[…],"flexible":bool}.
 * May be called at any time. */
int32_t sm_model_describe(void *model, char *text, int64_t text_size, char *error, int64_t error_size);

/* sm_model_predict runs count pictures through the model, in order: pictures[i]
 * (SM_BGRA8 for an image input, SM_RGB_F32 for an array input [1,3,H,W]) and
 * answers[i], whose sizes must be those of the named features. Strides of the
 * model's own buffers are respected and half floats widened. The token is
 * looked at before every picture; done says how many answers are complete.
 * May be called from several threads at once. */
int32_t sm_model_predict(void *model, void *token, const char *input, const char *output, const sm_image *pictures, const sm_floats *answers, int32_t count, int32_t *done, char *error, int64_t error_size);

/* sm_model_plan says where the operations of a compiled model would run with
 * the given units: {"neural engine":n,"gpu":n,"cpu":n}. macOS 14.4. */
int32_t sm_model_plan(const char *compiled, int32_t units, char *text, int64_t text_size, char *error, int64_t error_size);

/* sm_model_free gives the model back. No call may be using it. */
void sm_model_free(void *model);

/* sm_video_open begins an MV-HEVC file and stores a handle in writer. */
int32_t sm_video_open(const sm_video_options *options, void **writer, char *error, int64_t error_size);

/* sm_video_append adds a frame shown at time; times must grow. It waits until
 * the encoder takes it; the token ends the wait. One call at a time. */
int32_t sm_video_append(void *writer, void *token, const sm_image *left, const sm_image *right, int64_t time, char *error, int64_t error_size);

/* sm_video_finish ends the film at time end, waits for the copied tracks and
 * completes the file: {"frames":n,"audio":n,"other":n,"chapters":n,"skipped":
 * ["…"]}, the skipped being tracks that the file cannot hold. Once. */
int32_t sm_video_finish(void *writer, void *token, int64_t end, char *text, int64_t text_size, char *error, int64_t error_size);

/* sm_video_free gives the writer back. An unfinished file is removed. */
void sm_video_free(void *writer);

/* sm_photo_write writes a stereo HEIC of two pictures of equal size, SM_RGBX8
 * or SM_RGBX16. On failure no file is left. */
int32_t sm_photo_write(const sm_photo_options *options, const sm_image *left, const sm_image *right, char *error, int64_t error_size);

/* sm_opened_listen makes the program take files that the system hands to it
 * while it runs. To be called before the window's toolkit starts; again does
 * nothing. */
int32_t sm_opened_listen(char *error, int64_t error_size);

/* sm_opened_wait waits for such files, or for the token, and takes some of
 * them: {"paths":["/…"]}. One call at a time. */
int32_t sm_opened_wait(void *token, char *text, int64_t text_size, char *error, int64_t error_size);

#endif
#endif

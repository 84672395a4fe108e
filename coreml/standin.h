/*
 * Controls of the stand-in (standin.c) for tests; not part of the contract.
 *
 * A package is a folder with a file standin.txt of lines "key value...":
 *   input image|array W H [BGRA|ARGB|L008]    output image16half|float16|float32|double
 *   outsize W H     the output's size when it is not the input's
 *   noshape 1       the output array's shape is not told
 *   second NAME     another output of the same shape, with zeros
 *   scale S         multiplies the answer       farther 1   turns it into 1/(0.1+v)
 *   norm 1          divides by the largest value of the picture
 *   mirror 1        answers with the colour alone, (R + 2 G + 4 B)/7
 *   loadfail MASK   fails to load for units whose bit 1<<units is set
 *   anefail N       predictions on the Neural Engine fail from the N-th of a load on
 *   steady 1        with anefail: a second load does not fail any more
 *   meta KEY VALUE
 * Compiling copies the file. The answer at (x, y) of a picture is
 *   0.5 y/(H-1) + 0.25 x/(W-1) + 0.25 (R + 2 G + 4 B)/7
 * with the samples as they came (images: divided by 255).
 */
#ifndef SPATIALMAKER_STANDIN_H
#define SPATIALMAKER_STANDIN_H

#include <stdint.h>

/* Entry points by number, in the order of bridge.h. */
enum {
	STANDIN_SYSTEM, STANDIN_COMPILE, STANDIN_LOAD, STANDIN_DESCRIBE, STANDIN_PREDICT, STANDIN_PLAN,
	STANDIN_VIDEO_OPEN, STANDIN_VIDEO_APPEND, STANDIN_VIDEO_FINISH, STANDIN_PHOTO, STANDIN_LISTEN, STANDIN_WAIT, STANDIN_ENTRIES
};

/* Makes calls of an entry fail: after so many successes, so many times, with
 * the given result. times < 0 is for ever, 0 takes the wish back. */
void standin_fail(int32_t entry, int32_t after, int32_t times, int32_t result);
/* How often an entry was called. */
int64_t standin_calls(int32_t entry);
/* Handles that were given out and not given back. */
int64_t standin_live(void);
/* Most predictions at the same time since the last reset. */
int32_t standin_peak(void);
/* While held, predictions and appended frames wait before they begin. */
void standin_hold(int32_t on);
/* Returns when so many calls wait at the hold. */
void standin_await(int32_t waiting);
/* Returns when tokens were cancelled so many times since the last reset. */
void standin_await_cancels(int64_t count);
/* Devices reported: bits 1<<units. */
void standin_devices(int32_t mask);
/* Hands a file to the program, as Finder does. */
void standin_open(const char *path);
/* Forgets failures, counts, holds; not the live handles. */
void standin_reset(void);

#endif

// The ramp functions once more, with AVX2.
#include "wide.h"

#ifdef SM_WIDE
#include <immintrin.h>
#include <string.h>

#include "ramp_const.h"
#include "ramp_wide.h"

#define TARGET __attribute__((target("avx2,fma")))
#define RAMP(name) sm_ramp_##name##_avx2
#define LINK
#define SM_RAMP_AVX2 1
#include "ramp_body.h"
#endif

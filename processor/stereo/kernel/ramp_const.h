// How much a colour must differ to say something, see Fisher's discriminant in
// ramp_body.h: the share of the sides' own variances, and the variance that is
// there at least, in squared levels of 255.
#define SM_RAMP_SPREAD 2.0f
#define SM_RAMP_NOISE 256.0f

// How much steeper than even a window rises where a ramp begins, and until it
// surely is one.
#define SM_RAMP_EVEN 1.15f
#define SM_RAMP_RISE 0.1f

// What keeps means over no samples defined.
#define SM_RAMP_LITTLE 1e-3f

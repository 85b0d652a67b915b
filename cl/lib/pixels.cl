/* pixels.cl: samples as they are read: floats, or bytes as u/255, LOAD_WIDTH at a time or one. */
#ifndef CLONAL_LIB_PIXELS_CL
#define CLONAL_LIB_PIXELS_CL

#include "lib/base.cl"

#ifndef LOAD_WIDTH
#define LOAD_WIDTH 4 /* 4, or 16 for CPUs with wide vectors */
#endif
#define LOAD_CAT_(a, b) a##b
#define LOAD_CAT(a, b) LOAD_CAT_(a, b)
typedef LOAD_CAT(float, LOAD_WIDTH) load_floats;
typedef LOAD_CAT(uchar, LOAD_WIDTH) load_bytes;
#if LOAD_WIDTH == 16
/* Vectors that lie anywhere: of vload16 CPUs' compilers make loads of bytes. */
typedef load_floats __attribute__((aligned(4))) load_floats_anywhere;
typedef load_bytes __attribute__((aligned(1))) load_bytes_anywhere;
#define LOAD_FLOATS(p) (*(__global const load_floats_anywhere *)(p))
#define LOAD_BYTES(p) (*(__global const load_bytes_anywhere *)(p))
#define STORE_FLOATS(v, p) (*(__global load_floats_anywhere *)(p) = (v))
#else
#define LOAD_FLOATS(p) vload4(0, p)
#define LOAD_BYTES(p) vload4(0, p)
#define STORE_FLOATS(v, p) vstore4(v, 0, p)
#endif

/* A pixel as u/255, correctly rounded: a product with the rounded reciprocal and one step of
 * correction, which is exact for all 256. */
#define LOAD_RECIPROCAL 0x1.010102p-8f

static inline float load_pixel(uchar pixel)
{
    float u = (float)pixel, q = u * LOAD_RECIPROCAL;
    float left = clonal_fma(-255.0f, q, u);
    return clonal_fma(left, LOAD_RECIPROCAL, q);
}

static inline load_floats load_pixels(load_bytes pixels)
{
    const load_floats reciprocal = (load_floats)(LOAD_RECIPROCAL);
    load_floats u = LOAD_CAT(convert_float, LOAD_WIDTH)(pixels), q = u * reciprocal;
    load_floats left = LOAD_CAT(clonal_fma, LOAD_WIDTH)((load_floats)(-255.0f), q, u);
    return LOAD_CAT(clonal_fma, LOAD_WIDTH)(left, reciprocal, q);
}

#endif

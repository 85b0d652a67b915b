#include "adversary.h"

#include "ref_math.h"

#include <math.h>

uint64_t adversary_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static const uint32_t special[] = {
    0x00000000u, 0x00000001u, 0x007fffffu, 0x00800000u, 0x00800001u, 0x00ffffffu, 0x01000000u, 0x33800000u, 0x34000000u,
    0x3effffffu, 0x3f000000u, 0x3f7fffffu, 0x3f800000u, 0x3f800001u, 0x3fffffffu, 0x40000000u, 0x40400000u, 0x4b000000u,
    0x4b800000u, 0x7e800000u, 0x7effffffu, 0x7f000000u, 0x7f7fffffu, 0x7f800000u, 0x7fc00000u, 0x7f800001u, 0x1a000000u,
};

float adversary_float(uint64_t *state)
{
    uint64_t r = adversary_next(state);
    uint32_t bits = (uint32_t)r;
    uint32_t sign = (uint32_t)(r >> 32) & 0x80000000u;
    uint32_t pick = (uint32_t)(r >> 40);
    switch ((r >> 56) % 8) {
    case 0:
        bits = sign | special[pick % (sizeof special / sizeof *special)];
        break;
    case 1:
        bits = sign | (special[pick % (sizeof special / sizeof *special)] + bits % 9u - 4u);
        break;
    case 2: /* subnormal, of any length */
        bits = sign | ((bits & 0x007fffffu) >> (pick % 23));
        break;
    case 3: /* few significant bits */
        bits &= 0xff800000u | (0x007fffffu << (pick % 23));
        break;
    case 4: /* near a power of two */
        bits = (bits & 0xff800000u) + pick % 7u - 3u;
        break;
    case 5: /* around 1 */
        bits = sign | (0x3f800000u + ((bits >> 4) % 0x03000000u) - 0x01800000u);
        break;
    default:
        break;
    }
    return ref_float(bits);
}

/* A finite float of magnitude 2^exponent or a little more. */
static float near_exponent(uint64_t *state, int exponent)
{
    uint64_t r = adversary_next(state);
    uint32_t fraction = (uint32_t)r & 0x007fffffu;
    if (r >> 62 == 0) fraction &= 0x007fffffu << ((r >> 32) % 23);
    float m = ref_float(0x3f800000u | fraction);
    return ldexpf(r >> 61 & 1 ? -m : m, exponent);
}

void adversary_triple(uint64_t *state, float *a, float *b, float *c)
{
    uint64_t r = adversary_next(state);
    int mode = (int)(r % 8);
    int wide = (int)(r >> 8 & 0xff) - 128;
    int small = (int)(r >> 16 & 0x3f);
    *a = adversary_float(state);
    *b = adversary_float(state);
    *c = adversary_float(state);
    float product = *a * *b;
    switch (mode) {
    case 0: /* c cancels the rounded product, or nearly */
        *c = ref_float(ref_bits(-product) + (uint32_t)(small % 5) - 2u);
        break;
    case 1: /* the exact product against a c about half an ulp of it, and the other way round */
        *a = near_exponent(state, wide / 2);
        *b = near_exponent(state, wide - wide / 2);
        *c = near_exponent(state, wide - 28 + small % 10);
        break;
    case 2:
        *a = near_exponent(state, wide / 2);
        *b = near_exponent(state, wide - wide / 2);
        *c = near_exponent(state, wide + 20 + small % 10);
        break;
    case 3: /* the result around the smallest normal and below */
        *a = near_exponent(state, wide);
        *b = near_exponent(state, -150 + small - wide);
        *c = near_exponent(state, -150 + (int)(r >> 24 & 0x1f));
        break;
    case 4: /* around overflow */
        *a = near_exponent(state, wide);
        *b = near_exponent(state, 120 + small % 9 - wide);
        *c = near_exponent(state, 127 - small % 30);
        break;
    case 5: /* tie: c an integer power, the product half its last bit or one more */
        *a = near_exponent(state, wide / 3);
        *b = ldexpf(1.0f, -24 + (int)(r >> 24 & 3));
        *c = ref_float(ref_bits(*a) & 0xffffff00u);
        break;
    default:
        break;
    }
}

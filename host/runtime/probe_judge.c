/* probe_judge.c: see probe.h: the triples that a device is tried on, and what is said of its answers. */
#include "host/runtime/probe.h"

#include "host/base/splitmix.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* One number: of a kind, and of that kind, as the generator says. */
static float any(uint64_t *state)
{
    static const uint32_t special[] = {0,          1,          0x7fffff,   0x800000,   0x3f800000, 0x3f7fffff,
                                       0x3f800001, 0x7f7fffff, 0x7f800000, 0x34000000, 0x33800000};
    uint64_t r = clonal__splitmix(state);
    uint32_t bits = (uint32_t)r, sign = bits & 0x80000000u;
    switch (r >> 61) {
    case 0: /* one of the list */
        return float_of(sign | special[(r >> 32) % (sizeof special / sizeof *special)]);
    case 1: /* subnormal */
        return float_of(sign | (bits & 0x7fffff) >> ((r >> 32) % 23));
    case 2: /* of few digits, so that products are exact and sums are ties */
        return float_of(bits & (0xff800000u | 0x7fffffu << ((r >> 32) % 23)));
    case 3: /* anything */
        return float_of(bits);
    default: /* near 1 */
        return float_of(sign | ((127u - 8 + (uint32_t)(r >> 32) % 16) << 23) | (bits & 0x7fffff));
    }
}

void clonal__probe_triples(size_t count, float *triples)
{
    uint64_t state = 1;
    for (size_t i = 0; i < count; i++) {
        float *t = triples + 3 * i;
        for (int k = 0; k < 3; k++) t[k] = any(&state);
        uint64_t r = clonal__splitmix(&state);
        double product = (double)t[0] * t[1]; /* exact, but for overflow */
        switch (r & 7) {
        case 0: /* c cancels the product but for its rounding error */
            t[2] = -(float)product;
            break;
        case 1: /* or misses that by up to two last places */
            t[2] = float_of(bits_of(-(float)product) + (uint32_t)(r >> 8) % 5 - 2);
            break;
        case 2: /* the product is about half a last place of c */
            t[2] = (float)(product * 0x1p24);
            break;
        case 3: /* or c is about half a last place of the product */
            t[2] = (float)(product * 0x1p-24);
            break;
        default: /* c stays what it is */
            break;
        }
    }
}

static bool same(uint32_t a, uint32_t b)
{
    bool nan_a = (a & 0x7fffffff) > 0x7f800000, nan_b = (b & 0x7fffffff) > 0x7f800000;
    return a == b || (nan_a && nan_b);
}

bool clonal__probe_fma_right(size_t count, const float *triples, const float *results)
{
    for (size_t i = 0; i < count; i++)
        if (!same(bits_of(fmaf(triples[3 * i], triples[3 * i + 1], triples[3 * i + 2])), bits_of(results[i])))
            return false;
    return true;
}

static bool subnormal(float x)
{
    return x != 0 && fabsf(x) < 0x1p-126f;
}

void clonal__probe_judge(size_t count, const float *triples, const uint32_t *results, clonal_probe *probe)
{
    probe->no_contraction = probe->subnormals = probe->rounding = probe->mul_hi = probe->conversions = true;
    for (size_t i = 0; i < count; i++) {
        const float a = triples[3 * i], b = triples[3 * i + 1], c = triples[3 * i + 2];
        const uint32_t *r = results + 8 * i, ua = bits_of(a), ub = bits_of(b);
        volatile float product = a * b; /* volatile: this host's compiler does not contract either */
        const float basic[3] = {a + b, a - b, product};
        for (int k = 0; k < 3; k++) {
            bool small = subnormal(a) || subnormal(b) || subnormal(basic[k]);
            if (same(bits_of(basic[k]), r[k])) continue;
            if (small)
                probe->subnormals = false;
            else
                probe->rounding = false;
        }
        bool small = subnormal(a) || subnormal(b) || subnormal(c) || subnormal(product) || subnormal(product + c);
        if (!small && !same(bits_of(product + c), r[3])) probe->no_contraction = false;
        if (r[4] != (uint32_t)((uint64_t)ua * ub >> 32) || r[5] != ua * ub) probe->mul_hi = false;
        uint32_t larger = bits_of(a > b ? a : b);
        uint32_t order = (a > b ? 1u : 0u) | (a < b ? 2u : 0u) | (a == b ? 4u : 0u) | (larger == ua ? 8u : 0u);
        int32_t whole = a > -0x1p31f && a < 0x1p31f ? (int32_t)a : 0;
        if (r[6] != (bits_of((float)(int32_t)ua) ^ bits_of((float)ub) ^ (uint32_t)whole * 3u))
            probe->conversions = false;
        if (r[7] != order && !isnan(a) && !isnan(b)) probe->conversions = false;
    }
}

void clonal__probe_conclude(clonal_probe *p)
{
    const struct {
        bool right;
        const char *name;
    } checks[] = {{p->builtin_fma || p->double_fma || p->integer_fma, "fma"},
                  {p->no_contraction, "contraction"},
                  {p->subnormals, "subnormals"},
                  {p->rounding, "rounding"},
                  {p->mul_hi, "integer high product"},
                  {p->conversions, "conversions and comparisons"}};
    p->fma = p->builtin_fma   ? CLONAL_FMA_BUILTIN
             : p->double_fma  ? CLONAL_FMA_DOUBLE
             : p->integer_fma ? CLONAL_FMA_INTEGER
                              : CLONAL_FMA_BUILTIN;
    p->contract = true;
    memset(p->failed, 0, sizeof p->failed);
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        size_t used = strlen(p->failed);
        if (checks[i].right) continue;
        p->contract = false;
        snprintf(p->failed + used, sizeof p->failed - used, "%s%s", used ? ", " : "", checks[i].name);
    }
}

/* chain.c: see chain.h. */
#include "host/gemm/chain.h"

#include <clonal/random.h>
#include <math.h>
#include <string.h>

#define K_BLOCK 1024

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__linux__)
#define WITH_FMA __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define WITH_FMA
#endif

/* acc[j] = fma(x, b[j*step], acc[j]) */
WITH_FMA static void accumulate(float x, const float *b, size_t step, float *acc, size_t n)
{
    if (step == 1)
        for (size_t j = 0; j < n; j++) acc[j] = fmaf(x, b[j], acc[j]);
    else
        for (size_t j = 0; j < n; j++) acc[j] = fmaf(x, b[j * step], acc[j]);
}

void clonal__chain_gemm(const clonal__gemm_shape *s, const float *a, const float *b, float *c)
{
    enum { WIDTH = 512 };
    float acc[WIDTH];
    for (size_t j0 = 0; j0 < s->n; j0 += WIDTH) {
        size_t n = s->n - j0 < WIDTH ? s->n - j0 : WIDTH;
        for (size_t i = 0; i < s->m; i++)
            for (size_t k0 = 0; k0 < s->k; k0 += K_BLOCK) {
                size_t end = s->k - k0 < K_BLOCK ? s->k : k0 + K_BLOCK;
                memset(acc, 0, sizeof acc);
                for (size_t k = k0; k < end; k++)
                    accumulate(s->ta ? a[k * s->m + i] : a[i * s->k + k], s->tb ? b + j0 * s->k + k : b + k * s->n + j0, s->tb ? s->k : 1, acc, n);
                float *out = c + i * s->n + j0;
                for (size_t j = 0; j < n; j++) out[j] = k0 ? out[j] + acc[j] : acc[j];
            }
    }
}

/* One value from one word: the low bits choose its kind. */
static float value_of(uint32_t word, bool infinities)
{
    uint32_t kind = word & 63, bits;
    if (kind == 0) return word & 64 ? -0.0f : 0.0f;
    if (kind == 1 && infinities && (word >> 6) % 512 == 0) return word & 0x80000000u ? -INFINITY : INFINITY;
    if (kind < 4) bits = (word >> 8 & 0x7fffff) | (word & 0x80000000u);                                  /* subnormal */
    else if (infinities) bits = (word & 0x807fffff) | (127u - 72 + (word >> 24 & 7)) << 23;                /* products, sums: subnormal */
    else if (kind < 36) bits = (word & 0x807fffff) | (127u - 3 + (word >> 24 & 7)) << 23;                /* near 1: cancels */
    else bits = (word & 0x807fffff) | (127u - 60 + (word >> 8 & 0xffff) % 120) << 23;                    /* wide */
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void clonal__adversarial(uint64_t seed, bool infinities, size_t count, float *values)
{
    for (size_t i = 0; i < count; i += 256) {
        uint32_t words[256];
        const uint32_t counter[4] = {(uint32_t)(i / 4), (uint32_t)((uint64_t)i >> 34), CLONAL_STREAM(CLONAL_STREAM_NOISE, 1), 0};
        clonal_philox_host(seed, counter, 64, words);
        for (size_t j = i; j < count && j < i + 256; j++) values[j] = value_of(words[j - i], infinities);
    }
}

size_t clonal__first_difference(const float *a, const float *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0 && !(a[i] != a[i] && b[i] != b[i])) return i;
    return count;
}

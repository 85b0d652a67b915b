/* chain.c: see chain.h. */
#include "host/gemm/chain.h"

#include "host/base/contract.h"
#include "host/base/memory.h"
#include <clonal/random.h>
#include <math.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__linux__)
#define WITH_FMA __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define WITH_FMA
#endif

enum { WIDTH = 64 }; /* columns at a time: independent chains, which a compiler makes several at a time */

/* panel[k*WIDTH + j] = op(B)[k0 + k, j0 + j], j < n; zeros behind. */
static void pack(const clonal__gemm_shape *s, const float *b, size_t j0, size_t n, size_t k0, size_t kn, float *panel)
{
    for (size_t k = 0; k < kn; k++)
        for (size_t j = 0; j < WIDTH; j++)
            panel[k * WIDTH + j] = j >= n ? 0 : s->tb ? b[(j0 + j) * s->k + k0 + k] : b[(k0 + k) * s->n + j0 + j];
}

/* sums[j] = the chain of a[k*step] and panel's column j. */
WITH_FMA static void chains(const float *a, size_t step, const float *panel, size_t kn, float sums[WIDTH])
{
    float acc[WIDTH] = {0};
    for (size_t k = 0; k < kn; k++)
        for (size_t j = 0; j < WIDTH; j++) acc[j] = fmaf(a[k * step], panel[k * WIDTH + j], acc[j]);
    memcpy(sums, acc, sizeof acc);
}

clonal_status clonal__chain_gemm(const clonal__gemm_shape *s, const float *a, const float *b, float *c)
{
    float *panel, sums[WIDTH];
    CLONAL__TRY(clonal__calloc(CLONAL__CHAIN_BLOCK * WIDTH, sizeof *panel, &panel));
    for (size_t j0 = 0; j0 < s->n; j0 += WIDTH)
        for (size_t k0 = 0; k0 < s->k; k0 += CLONAL__CHAIN_BLOCK) {
            const size_t n = s->n - j0 < WIDTH ? s->n - j0 : WIDTH,
                         kn = s->k - k0 < CLONAL__CHAIN_BLOCK ? s->k - k0 : CLONAL__CHAIN_BLOCK;
            pack(s, b, j0, n, k0, kn, panel);
            for (size_t i = 0; i < s->m; i++) {
                chains(s->ta ? a + k0 * s->m + i : a + i * s->k + k0, s->ta ? s->m : 1, panel, kn, sums);
                float *out = c + i * s->n + j0;
                for (size_t j = 0; j < n; j++) out[j] = k0 ? out[j] + sums[j] : sums[j];
            }
        }
    clonal__free(panel);
    return CLONAL_OK;
}

/* One value from one word: the low bits choose its kind. */
static float value_of(uint32_t word, bool infinities)
{
    uint32_t kind = word & 63, bits;
    if (kind == 0) return word & 64 ? -0.0f : 0.0f;
    if (kind == 1 && infinities && (word >> 6) % 512 == 0) return word & 0x80000000u ? -INFINITY : INFINITY;
    if (kind < 4) bits = (word >> 8 & 0x7fffff) | (word & 0x80000000u); /* subnormal */
    /* products, sums: subnormal */
    else if (infinities)
        bits = (word & 0x807fffff) | (127u - 72 + (word >> 24 & 7)) << 23;
    /* near 1: cancels */
    else if (kind < 36)
        bits = (word & 0x807fffff) | (127u - 3 + (word >> 24 & 7)) << 23;
    else
        bits = (word & 0x807fffff) | (127u - 60 + (word >> 8 & 0xffff) % 120) << 23; /* wide */
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void clonal__adversarial(uint64_t seed, bool infinities, size_t count, float *values)
{
    for (size_t i = 0; i < count; i += 256) {
        uint32_t words[256];
        const uint32_t counter[4] = {(uint32_t)(i / 4), (uint32_t)((uint64_t)i >> 34),
                                     CLONAL_STREAM(CLONAL_STREAM_NOISE, 1), 0};
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

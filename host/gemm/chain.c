/* chain.c: see chain.h. */
#include "host/gemm/chain.h"

#include "host/base/contract.h"
#include "host/base/memory.h"
#include "host/base/splitmix.h"
#include <clonal/random.h>
#include <math.h>
#include <string.h>

/* Not under the thread sanitizer: what chooses a clone runs before it is there, and gcc instruments that too. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__linux__) &&                           \
    !defined(__SANITIZE_THREAD__)
#define WITH_FMA __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define WITH_FMA
#endif

/* Columns that are computed together: their chains are independent, so the compiler makes vectors of them. */
enum { WIDTH = 64 };

/* Sets panel[k*WIDTH + j] = op(B)[k0 + k, j0 + j] for k < kn and j < n, and to zero for the columns behind. */
static void pack(const clonal__gemm_shape *s, const float *b, size_t j0, size_t n, size_t k0, size_t kn, float *panel)
{
    for (size_t k = 0; k < kn; k++)
        for (size_t j = 0; j < WIDTH; j++)
            panel[k * WIDTH + j] = j >= n ? 0 : s->tb ? b[(j0 + j) * s->k + k0 + k] : b[(k0 + k) * s->n + j0 + j];
}

/* Sets sums[j] to the chain, over k < kn, of a[k*step] and the panel's column j. */
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

/* The sign and fraction of `word` with the exponent of 2^power. */
static uint32_t scaled(uint32_t word, int power)
{
    return (word & 0x807fffff) | (uint32_t)(127 + power) << 23;
}

/* The bits of one value, made from one random word: its low bits choose the kind. Kinds 0 to 3 are zeros, infinities
 * and subnormals; the others sum to subnormals where there are infinities, else they are near 1, to cancel, or far
 * apart. */
static uint32_t bits_from(uint32_t word, bool infinities)
{
    const uint32_t kind = word & 63, sign = word & 0x80000000u, infinity = 0x7f800000;
    if (kind == 0) return word & 64 ? 0x80000000u : 0;
    if (kind == 1 && infinities && (word >> 6) % 512 == 0) return sign | infinity;
    if (kind < 4) return sign | (word >> 8 & 0x7fffff);
    if (infinities) return scaled(word, -72 + (int)(word >> 24 & 7));
    if (kind < 36) return scaled(word, -3 + (int)(word >> 24 & 7));
    return scaled(word, -60 + (int)((word >> 8 & 0xffff) % 120));
}

void clonal__adversarial(uint64_t seed, bool infinities, size_t count, float *values)
{
    for (size_t i = 0; i < count; i += 256) {
        uint32_t words[256];
        const uint32_t counter[4] = {(uint32_t)(i / 4), (uint32_t)((uint64_t)i >> 34),
                                     CLONAL_STREAM(CLONAL_STREAM_NOISE, 1), 0};
        clonal_philox_host(seed, counter, 64, words);
        for (size_t j = i; j < count && j < i + 256; j++) {
            const uint32_t bits = bits_from(words[j - i], infinities);
            memcpy(&values[j], &bits, sizeof bits);
        }
    }
}

void clonal__sow_zeros(const clonal__gemm_shape *s, bool lone, float *a)
{
    uint64_t random = 0;
    for (uint32_t i = 0; i < s->m; i++)
        for (uint32_t k = 0; k < s->k; k++) {
            const size_t at = s->ta ? (size_t)k * s->m + i : (size_t)i * s->k + k;
            const uint32_t bits = (uint32_t)(clonal__splitmix(&random) >> 32);
            if (lone && i % 8 == 3)
                a[at] = k == (i / 8 * 7) % s->k ? -0x1p-149f : bits & 1 ? -0.0f : 0.0f;
            else if (bits % 4 < s->zeros)
                a[at] = bits & 8 ? -0.0f : 0.0f;
        }
}

/* Kinds of classes. */
enum { NEAR, FAR, TINY, SUBNORMAL, INFINITE, VANISHING };

static int kind_of(size_t number)
{
    static const int kinds[] = {NEAR, TINY, SUBNORMAL, INFINITE, VANISHING, FAR, NEAR, FAR};
    enum { FIRST = sizeof kinds / sizeof *kinds, EVERY = 16 };
    if (number < FIRST) return kinds[number];
    const int kind = kinds[number % EVERY % FIRST];
    if (number % EVERY < FIRST && (kind == TINY || kind == VANISHING)) return kind;
    return number % 2 ? FAR : NEAR;
}

/* Whether step i of k is one of the few in which tiny and subnormal classes are not zero: the last of all, and some in
 * each block, at another place in each. */
static bool is_shown(size_t i, size_t k)
{
    enum { SHOWN = 8 };
    const size_t block = i / CLONAL__CHAIN_BLOCK, begin = block * CLONAL__CHAIN_BLOCK,
                 length = k - begin < CLONAL__CHAIN_BLOCK ? k - begin : CLONAL__CHAIN_BLOCK;
    if (i + SHOWN >= k || length <= SHOWN) return true;
    const size_t place = (block * 389 + 5) % (length - SHOWN);
    return i - begin >= place && i - begin < place + SHOWN;
}

/* The bits of one value of a class, from one random word. `infinity`: whether this is the step of an infinite class's
 * infinity. */
static uint32_t class_bits(int kind, uint32_t word, size_t i, size_t k, bool infinity)
{
    const uint32_t sign = word & 0x80000000u, rare = word & 63;
    switch (kind) {
    case TINY:
        return is_shown(i, k) ? scaled(word, -72 + (int)(word >> 24 & 7)) : 0;
    case SUBNORMAL:
        return is_shown(i, k) ? sign | (word >> 8 & 0x7fffff) : 0;
    case VANISHING:
        return i + 1 == k ? scaled(word, -80) : 0;
    case INFINITE:
        if (infinity) return sign | 0x7f800000u;
        break;
    case FAR:
        if (rare >= 32) return scaled(word, -60 + (int)((word >> 8 & 0xffff) % 120));
        break;
    default:
        break;
    }
    return rare == 0 ? sign : scaled(word, -3 + (int)(word >> 24 & 7));
}

void clonal__adversarial_classes(uint64_t seed, size_t first, size_t count, size_t k, size_t class_step, size_t k_step,
                                 float *values)
{
    for (size_t c = 0; c < count; c++) {
        const int kind = kind_of(first + c);
        const size_t infinite = (size_t)((seed * 0x9e3779b97f4a7c15u >> 16) % k);
        for (size_t i = 0; i < k; i += 256) {
            uint32_t words[256];
            const uint32_t counter[4] = {(uint32_t)(i / 4), (uint32_t)(first + c),
                                         CLONAL_STREAM(CLONAL_STREAM_NOISE, 2), 0};
            clonal_philox_host(seed, counter, 64, words);
            for (size_t j = i; j < k && j < i + 256; j++) {
                const uint32_t bits = class_bits(kind, words[j - i], j, k, j == infinite);
                memcpy(&values[c * class_step + j * k_step], &bits, sizeof bits);
            }
        }
    }
}

size_t clonal__first_difference(const float *a, const float *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0 && !(a[i] != a[i] && b[i] != b[i])) return i;
    return count;
}

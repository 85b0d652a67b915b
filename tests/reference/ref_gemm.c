#include "ref_gemm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

float ref_chain(size_t count, const float *a, size_t a_step, const float *b, size_t b_step)
{
    float chain = 0.0f;
    for (size_t begin = 0; begin < count; begin += REF_CHAIN_BLOCK) {
        size_t end = count - begin > REF_CHAIN_BLOCK ? begin + REF_CHAIN_BLOCK : count;
        float block = 0.0f;
        for (size_t k = begin; k < end; k++) block = fmaf(a[k * a_step], b[k * b_step], block);
        chain = begin == 0 ? block : chain + block;
    }
    return chain;
}

float ref_sum(size_t count, const float *x, size_t step)
{
    const float one = 1.0f;
    return ref_chain(count, x, step, &one, 0);
}

/* The product is made in strips of TILE columns of C, for which B is copied to rows of TILE elements: the
 * innermost loop then goes over independent elements with a fixed count, which a compiler may do several at a
 * time. Each element keeps its chain. */
enum { TILE = 32 };

struct strip {
    size_t m, k, columns;
    const float *a;
    size_t a_row_step, a_k_step;
    const float *b; /* (k,TILE) */
    float *c;
    size_t ldc;
};

#if defined(__GNUC__)
#define REF_INLINE static inline __attribute__((always_inline))
#else
#define REF_INLINE static inline
#endif

REF_INLINE void strip_block(const struct strip *s, size_t row, size_t begin, size_t end, float *block)
{
    float acc[TILE];
    for (size_t j = 0; j < TILE; j++) acc[j] = 0.0f;
    for (size_t k = begin; k < end; k++) {
        float a = s->a[row * s->a_row_step + k * s->a_k_step];
        const float *b = s->b + k * TILE;
        for (size_t j = 0; j < TILE; j++) acc[j] = fmaf(a, b[j], acc[j]);
    }
    for (size_t j = 0; j < TILE; j++) block[j] = acc[j];
}

REF_INLINE void strip_product(const struct strip *s)
{
    float chain[TILE], block[TILE];
    for (size_t row = 0; row < s->m; row++) {
        strip_block(s, row, 0, s->k > REF_CHAIN_BLOCK ? REF_CHAIN_BLOCK : s->k, chain);
        for (size_t begin = REF_CHAIN_BLOCK; begin < s->k; begin += REF_CHAIN_BLOCK) {
            strip_block(s, row, begin, s->k - begin > REF_CHAIN_BLOCK ? begin + REF_CHAIN_BLOCK : s->k, block);
            for (size_t j = 0; j < TILE; j++) chain[j] = chain[j] + block[j];
        }
        for (size_t j = 0; j < s->columns; j++) s->c[row * s->ldc + j] = chain[j];
    }
}

static void strip_portable(const struct strip *s)
{
    strip_product(s);
}

#if defined(__GNUC__) && defined(__x86_64__)
/* fmaf as an instruction instead of a call into libm: the same result, a hundred times as fast. */
__attribute__((target("avx2,fma"))) static void strip_fma(const struct strip *s)
{
    strip_product(s);
}

static int have_fma(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#else
static void strip_fma(const struct strip *s)
{
    strip_product(s);
}

static int have_fma(void)
{
    return 0;
}
#endif

static void copy_strip(float *to, size_t k, size_t columns, const float *b, size_t k_step, size_t column_step)
{
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < TILE; j++) to[i * TILE + j] = j < columns ? b[i * k_step + j * column_step] : 0.0f;
    }
}

void ref_gemm(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, const float *a, size_t lda,
              const float *b, size_t ldb, float *c, size_t ldc)
{
    size_t b_k_step = transpose_b ? 1 : ldb, b_column_step = transpose_b ? ldb : 1;
    float *copy = malloc((k + 1) * TILE * sizeof *copy);
    if (copy == NULL) {
        fprintf(stderr, "ref_gemm: no memory\n");
        abort();
    }
    for (size_t first = 0; first < n; first += TILE) {
        struct strip s = {.m = m, .k = k, .columns = n - first < TILE ? n - first : TILE, .a = a, .b = copy};
        s.a_row_step = transpose_a ? 1 : lda;
        s.a_k_step = transpose_a ? lda : 1;
        s.c = c + first;
        s.ldc = ldc;
        copy_strip(copy, k, s.columns, b + first * b_column_step, b_k_step, b_column_step);
        if (have_fma())
            strip_fma(&s);
        else
            strip_portable(&s);
    }
    free(copy);
}

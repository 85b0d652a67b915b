/* integers.h: small arithmetic of sizes. For the files of host/gemm alone. */
#ifndef CLONAL_GEMM_INTEGERS_H
#define CLONAL_GEMM_INTEGERS_H

#include <stdint.h>

/* The smaller one, which must be below 2^32. */
static inline uint32_t clonal__least(uint64_t a, uint64_t b)
{
    return (uint32_t)(a < b ? a : b);
}

/* The value, or the bound that it is beyond. */
static inline uint64_t clonal__within(uint64_t value, uint64_t least, uint64_t most)
{
    return value < least ? least : value > most ? most : value;
}

/* a / b, rounded up. */
static inline uint32_t clonal__ceil_div(uint32_t a, uint32_t b)
{
    return a / b + (a % b != 0);
}

#endif

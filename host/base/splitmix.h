/* splitmix.h: a generator for what only tries things, as test matrices: nothing that the contract
 * fixes is made of it. */
#ifndef CLONAL_BASE_SPLITMIX_H
#define CLONAL_BASE_SPLITMIX_H

#include <stdint.h>

/* The next number of the sequence that *state, any at first, stands in: splitmix64 (Steele, Lea,
 * Flood, Fast splittable pseudorandom number generators, 2014). */
static inline uint64_t clonal__splitmix(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

#endif

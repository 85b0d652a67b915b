/* adversary.h: floats that break arithmetic. Deterministic, from a 64-bit state; one thread a
 * state. */
#ifndef ADVERSARY_H
#define ADVERSARY_H

#include <stdint.h>

/* splitmix64: advances the state, returns 64 bits. */
uint64_t adversary_next(uint64_t *state);

/* A float: any bit pattern, a special value and its neighbours, a subnormal, few significant bits,
 * or near a power of 2. */
float adversary_float(uint64_t *state);

/* Operands of a fused multiply-add: any three, or c near -a*b (cancellation), near half an ulp of
 * a*b (ties), or a*b near the subnormals or near overflow. */
void adversary_triple(uint64_t *state, float *a, float *b, float *c);

#endif

/* rounds.cl: counts, by a chain that no compiler shortens, whether a loop makes all of its rounds
 * (host/runtime/rounds.c). */
#include "lib/base.cl"

__kernel void loop_rounds(__global uint *result, uint rounds)
{
    uint x = 0;
    for (uint i = 0; i < rounds; i++) x = (x ^ i) * 0x9e3779b1u + 1u;
    *result = x;
}

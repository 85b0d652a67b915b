/* philox: Philox blocks for a run of 128-bit counters. */
#include "lib/base.cl"
#include "lib/philox.cl"

/* words (count,4): the block of counter + i, as one 128-bit number whose lowest word is counter.x,
 * at i. */
kernel void philox(global uint *words, uint count, uint4 counter, uint2 key)
{
    uint i = (uint)get_global_id(0);
    if (i >= count) return;
    uint4 c = counter;
    c.x += i;
    uint carry = c.x < i;
    c.y += carry;
    carry &= c.y == 0;
    c.z += carry;
    carry &= c.z == 0;
    c.w += carry;
    vstore4(clonal_philox(c, key), i, words);
}

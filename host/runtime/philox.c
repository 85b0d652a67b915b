/* philox.c: Philox4x32-10 on the host, with Random123's own code: see include/clonal/random.h. */
#include <clonal/random.h>

#include <Random123/philox.h>
#include <string.h>

void clonal_philox_host(uint64_t seed, const uint32_t counter[4], size_t count, uint32_t *words)
{
    if (!counter || !words) return;
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    philox4x32_ctr_t c = {{counter[0], counter[1], counter[2], counter[3]}};
    for (size_t i = 0; i < count; i++) {
        philox4x32_ctr_t block = philox4x32(c, key);
        memcpy(words + 4 * i, block.v, sizeof block.v);
        for (int w = 0; w < 4 && ++c.v[w] == 0; w++) { /* counts on to the next word where one wraps */
        }
    }
}

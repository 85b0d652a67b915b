/* shuffle.c: the order of an epoch: Fisher-Yates from the last sample down, with Philox's words (cl/CONTRACT.md,
 * section 4). */
#include "host/data/dataset.h"

#include <clonal/random.h>

void clonal__shuffle(uint64_t seed, uint32_t epoch, size_t count, uint32_t *order)
{
    enum { BLOCKS = 64, WORDS = 4 * BLOCKS };
    uint32_t words[WORDS];
    size_t have = SIZE_MAX; /* the group of WORDS columns that words holds */
    for (size_t i = 0; i < count; i++) order[i] = (uint32_t)i;
    for (size_t i = count; i-- > 1;) {
        if (i / WORDS != have) {
            have = i / WORDS;
            const uint32_t counter[4] = {(uint32_t)(have * BLOCKS), 0, CLONAL_STREAM(CLONAL_STREAM_SHUFFLE, 0), epoch};
            clonal_philox_host(seed, counter, BLOCKS, words);
        }
        size_t j = (size_t)((uint64_t)words[i % WORDS] * (i + 1) >> 32);
        uint32_t other = order[j];
        order[j] = order[i];
        order[i] = other;
    }
}

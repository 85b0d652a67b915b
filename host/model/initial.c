/* initial.c: initial parameters (cl/CONTRACT.md, section 5): uniform in +-1/sqrt(fan_in), the rule of PyTorch's
 * nn.Linear, or one value. */
#include "host/model/model.h"

#include <clonal/random.h>
#include <math.h>

static float uniform(uint32_t word)
{
    return (float)((int32_t)(word >> 8) - (1 << 23)) * 0x1p-23f;
}

static void fill_uniform(uint64_t seed, const clonal__parameter *p, float *values)
{
    const float bound = 1.0f / sqrtf((float)p->fan_in); /* both correctly rounded, as the contract's recip and sqrt */
    const uint32_t stream = CLONAL_STREAM(CLONAL_STREAM_WEIGHTS, p->node), columns = p->columns;
    for (uint32_t row = 0; row < p->rows; row++)
        for (uint32_t column = 0; column < columns; column += 4) {
            const uint32_t counter[4] = {column / 4, row, stream, p->index};
            uint32_t words[4];
            clonal_philox_host(seed, counter, 1, words);
            for (uint32_t c = column; c < columns && c < column + 4; c++)
                values[(size_t)row * columns + c] = uniform(words[c - column]) * bound;
        }
}

void clonal__initial_values(uint64_t seed, const clonal__parameter *p, float *values)
{
    const size_t count = (size_t)p->rows * p->columns;
    switch (p->initial) {
    case CLONAL__INITIAL_UNIFORM:
        fill_uniform(seed, p, values);
        break;
    case CLONAL__INITIAL_ONES:
        for (size_t i = 0; i < count; i++) values[i] = 1;
        break;
    case CLONAL__INITIAL_ZEROS:
        for (size_t i = 0; i < count; i++) values[i] = 0;
        break;
    }
}

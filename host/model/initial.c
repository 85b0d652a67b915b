/* initial.c: initial parameters, uniform in +-1/sqrt(I) (cl/CONTRACT.md, section 5; the rule of PyTorch's nn.Linear).
 */
#include "host/model/model.h"

#include <clonal/random.h>
#include <math.h>

static float uniform(uint32_t word)
{
    return (float)((int32_t)(word >> 8) - (1 << 23)) * 0x1p-23f;
}

void clonal__initial_values(uint64_t seed, const clonal__parameter *parameter, uint32_t inputs, float *values)
{
    const float bound = 1.0f / sqrtf((float)inputs); /* both correctly rounded, as the contract's recip and sqrt */
    const uint32_t stream = CLONAL_STREAM(CLONAL_STREAM_WEIGHTS, parameter->node), columns = parameter->columns;
    for (uint32_t row = 0; row < parameter->rows; row++)
        for (uint32_t column = 0; column < columns; column += 4) {
            const uint32_t counter[4] = {column / 4, row, stream, parameter->is_bias};
            uint32_t words[4];
            clonal_philox_host(seed, counter, 1, words);
            for (uint32_t c = column; c < columns && c < column + 4; c++)
                values[(size_t)row * columns + c] = uniform(words[c - column]) * bound;
        }
}

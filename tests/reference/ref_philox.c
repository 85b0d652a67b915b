#include "ref_philox.h"

#include <Random123/philox.h>
#include <math.h>

uint32_t ref_stream(enum ref_purpose purpose, uint32_t node)
{
    return ((uint32_t)purpose << 24) + node;
}

uint32_t ref_word(uint64_t seed, uint32_t stream, uint32_t step, uint32_t row, uint32_t column)
{
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    philox4x32_ctr_t counter = {{column / 4, row, stream, step}};
    philox4x32_ctr_t words = philox4x32(counter, key);
    return words.v[column % 4];
}

uint64_t ref_dropout_threshold(double p)
{
    return (uint64_t)nearbyint(p * 4294967296.0);
}

float ref_dropout_scale(double p)
{
    double kept = 1.0 - p;
    return (float)(1.0 / kept);
}

void ref_mask(uint8_t *keep, size_t rows, size_t columns, double p, uint64_t seed, uint32_t stream, uint32_t step)
{
    uint64_t threshold = ref_dropout_threshold(p);
    for (size_t row = 0; row < rows; row++) {
        for (size_t column = 0; column < columns; column++) {
            uint32_t word = ref_word(seed, stream, step, (uint32_t)row, (uint32_t)column);
            keep[row * columns + column] = word < threshold ? 0 : 1;
        }
    }
}

void ref_shuffle(uint32_t *order, uint32_t count, uint64_t seed, uint32_t epoch)
{
    uint32_t stream = ref_stream(REF_PURPOSE_SHUFFLE, 0);
    for (uint32_t i = 0; i < count; i++) order[i] = i;
    for (uint32_t i = count; i-- > 1;) {
        uint64_t word = ref_word(seed, stream, epoch, 0, i);
        uint32_t j = (uint32_t)((word * ((uint64_t)i + 1)) >> 32);
        uint32_t swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
    }
}

void ref_initial(float *values, size_t rows, size_t columns, float bound, uint64_t seed, uint32_t node, uint32_t step)
{
    uint32_t stream = ref_stream(REF_PURPOSE_INITIAL, node);
    for (size_t row = 0; row < rows; row++) {
        for (size_t column = 0; column < columns; column++) {
            uint32_t word = ref_word(seed, stream, step, (uint32_t)row, (uint32_t)column);
            int32_t k = (int32_t)(word >> 8) - (1 << 23);
            float u = (float)k * 0x1p-23f;
            values[row * columns + column] = u * bound;
        }
    }
}

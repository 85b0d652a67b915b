/* values.c: samples as the floats that networks see. */
#include "host/data/dataset.h"

#include "host/base/error.h"
#include "host/base/float_environment.h"
#include <string.h>

void clonal__dataset_floats(const clonal_dataset *data, size_t sample, float *values)
{
    const size_t start = sample * data->elements;
    if (data->f32) {
        memcpy(values, data->f32 + start, data->elements * sizeof *values);
        return;
    }
    for (size_t i = 0; i < data->elements; i++) values[i] = (float)data->u8[start + i] / 255.0f;
}

clonal_status clonal_dataset_samples(const clonal_dataset *data, size_t first, size_t count, float *values)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(data && values);
    if (first > data->count || count > data->count - first)
        return clonal__fail(CLONAL_E_ARGUMENT, "%zu samples from number %zu on: the data have only %zu", count, first,
                            data->count);
    for (size_t i = 0; i < count; i++) clonal__dataset_floats(data, first + i, values + i * data->elements);
    return CLONAL_OK;
}

/* parameters.h: all parameters of a model, one behind the other. */
#ifndef PARAMETERS_H
#define PARAMETERS_H

#include "device_test.h"
#include <clonal/model.h>
#include <stdlib.h>

/* A copy of them, for free(); how many there are goes to *count. */
static inline float *all_parameters(const clonal_model *model, size_t *count)
{
    float *all = NULL;
    *count = 0;
    for (size_t i = 0; i < clonal_model_parameter_count(model); i++) {
        uint32_t rows, columns;
        clonal_model_parameter(model, i, &rows, &columns);
        const size_t more = (size_t)rows * columns;
        all = realloc(all, (*count + more) * sizeof *all);
        assert_non_null(all);
        assert_ok(clonal_model_read_parameter(model, i, all + *count));
        *count += more;
    }
    return all;
}

#endif

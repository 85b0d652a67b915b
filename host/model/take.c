/* take.c: see take.h. */
#include "host/model/take.h"

#include "host/base/tensor_type.h"
#include "host/model/model.h"
#include "host/model/name_map.h"
#include <stdio.h>
#include <string.h>

static clonal_status check_tensor(const char *path, const clonal__safetensors *file, const clonal__parameter *p,
                                  const clonal__taken *taken)
{
    const clonal__tensor *t = taken->tensor;
    char room[64], wanted[64], name[201];
    snprintf(name, sizeof name, "%s", t->name);
    clonal__make_one_line(name);
    if (!t->values)
        return clonal__fail(CLONAL_E_FORMAT,
                            "%s: the tensor \"%s\" is of type %s, where the graph needs floats: F32, F64, "
                            "F16 or BF16",
                            path, name, file->types[t - file->tensors]->name);
    if (taken->transposed) return CLONAL_OK; /* the map's shapes have been looked at */
    if (t->rank == p->rank && memcmp(t->shape, p->shape, p->rank * sizeof *p->shape) == 0) return CLONAL_OK;
    return clonal__fail(CLONAL_E_SHAPE, "%s: the tensor \"%s\" has the shape %s, the graph's is %s", path, name,
                        clonal__shape_text(t->rank, t->shape, room), clonal__shape_text(p->rank, p->shape, wanted));
}

bool clonal__is_checkpoint(const clonal__safetensors *file)
{
    const char *format = clonal__safetensors_metadata(file, "format");
    return format && strcmp(format, CLONAL__CHECKPOINT_FORMAT) == 0;
}

/* A file may hold what is no parameter, as whole numbers (a count of batches, say); floats that no parameter takes are
 * of another network. */
static clonal_status check_others(const char *path, const clonal__safetensors *file, size_t parameters)
{
    size_t floats = 0;
    for (size_t i = 0; i < file->tensor_count; i++) floats += file->types[i]->floats;
    if (clonal__is_checkpoint(file)) return CLONAL_OK; /* the others are the optimizer's */
    if (floats != parameters)
        return clonal__fail(CLONAL_E_SHAPE,
                            "%s has %zu tensors of floats, the graph %zu parameters: is it of another "
                            "network?",
                            path, floats, parameters);
    if (file->tensor_count > parameters)
        clonal__log(CLONAL_LOG_WARNING, "%s: %zu tensors of whole numbers are passed over", path,
                    file->tensor_count - parameters);
    return CLONAL_OK;
}

clonal_status clonal__take(const char *path, const clonal__safetensors *file, const char *map, size_t count,
                           const clonal__parameter *parameters, clonal__taken *taken)
{
    clonal_status status;
    if (map) {
        clonal__name_map names;
        status = clonal__name_map_read(map, &names);
        if (status == CLONAL_OK) status = clonal__name_map_take(&names, path, file, count, parameters, taken);
        clonal__name_map_free(&names);
    } else {
        status = clonal__match(path, file, count, parameters, taken);
    }
    for (size_t i = 0; i < count && status == CLONAL_OK; i++)
        status = check_tensor(path, file, &parameters[i], &taken[i]);
    return status == CLONAL_OK && !map ? check_others(path, file, count) : status;
}

void clonal__taken_copy(const clonal__taken *taken, float *values)
{
    const clonal__tensor *tensor = taken->tensor;
    if (!taken->transposed) {
        memcpy(values, tensor->values, clonal__tensor_elements(tensor) * sizeof *values);
        return;
    }
    const size_t inputs = tensor->shape[0], outputs = tensor->shape[1];
    for (size_t o = 0; o < outputs; o++)
        for (size_t i = 0; i < inputs; i++) values[o * inputs + i] = tensor->values[i * outputs + o];
}

/* take.h: the tensors of a weights file as the parameters of a graph, found and checked. */
#ifndef CLONAL_MODEL_TAKE_H
#define CLONAL_MODEL_TAKE_H

#include "host/model/match.h"

/* Whether it is one of a run's checkpoints, which weights are read from too. */
bool clonal__is_checkpoint(const clonal__safetensors *file);
/* Fills taken[] by parameter: by the map, a file's path, or, where that is NULL, by name or by
 * order and shape (match.h), and then no tensor of floats may be left over. Every tensor taken has
 * floats and the parameter's shape. Errors: CLONAL_E_IO and those of name_map.h and match.h. */
clonal_status clonal__take(const char *path, const clonal__safetensors *file, const char *map,
                           size_t count, const clonal__parameter *parameters, clonal__taken *taken);
/* The values that a parameter takes, in its own layout. */
void clonal__taken_copy(const clonal__taken *taken, float *values);

#endif

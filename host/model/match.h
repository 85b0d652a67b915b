/* match.h: which tensor of a weights file each parameter takes. */
#ifndef CLONAL_MODEL_MATCH_H
#define CLONAL_MODEL_MATCH_H

#include "host/model/named_layers.h"

typedef struct clonal__taken {
    const clonal__tensor *tensor;
    bool transposed; /* the file has it as (I,O) */
} clonal__taken;

/* The tensors of floats in a file. *tensors: clonal__free. */
clonal_status clonal__float_tensors(const clonal__safetensors *file, size_t *count,
                                    const clonal__tensor ***tensors);

/* Fills taken[] by parameter, from the parameters' own names, or, where the file lacks one of
 * these, by order and shape:
 *   Layers (named_layers.h) of the file and of the model are paired where kinds and shapes of their
 *   tensors are equal. All tensors of floats and all parameters must be paired. Where several
 *   layers have the same shapes, their names must be numbered, and then the numbers' order is the
 *   model's; and these numbers must rise with the model's layers over all names that differ in
 *   numbers alone.
 * A matching is logged as a warning that names the pairs. Whether a tensor that was found by its
 * own name has the shape is not looked at. Errors: CLONAL_E_SHAPE, with what the file has, what the
 * model wants, and what to do. */
clonal_status clonal__match(const char *path, const clonal__safetensors *file, size_t count,
                            const clonal__parameter *parameters, clonal__taken *taken);

#endif

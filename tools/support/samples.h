/* samples.h: the data that eval and predict look at, and the trained model that looks. */
#ifndef TOOLS_SUPPORT_SAMPLES_H
#define TOOLS_SUPPORT_SAMPLES_H

#include <clonal/run.h>
#include <stdbool.h>

/* Opens the data of `folder`, or, where it is NULL, of the folder that `run` was trained on
 * (Fashion-MNIST for a weights file). name (4096 bytes) receives the folder. On failure prints why
 * and returns the exit code, else 0. */
int samples_open(const char *run, const char *folder, clonal_split split, char *name,
                 clonal_dataset **data);
/* Whether a path is Fashion-MNIST's, as far as its name tells: then its classes have names. */
bool samples_are_fashion(const char *path);
/* Opens the device, then the model, by the map's names unless that is NULL. The same on failure. */
int trained_open(const char *run, const char *map, const char *device, clonal_context **context,
                 clonal_model **model);
#define MAP_HELP "the names of a file's tensors ('clonal help eval')"

/* The class of a sample with these outputs, by the contract's rule: the first index of the largest.
 */
uint32_t class_of_outputs(const float *outputs, uint32_t columns);

#endif

/* spell.h: the perceptron that the tensors of a weights file spell where it names no graph and has
 * names of its own. */
#ifndef CLONAL_MODEL_SPELL_H
#define CLONAL_MODEL_SPELL_H

#include "host/base/safetensors.h"
#include <clonal/graph.h>

/* Where the names are those of an nn.Sequential ("1.weight"), whatever PyTorch's wrappers put in
 * front of all of them ("module.", "_orig_mod."): the tensors under these names, without types;
 * else none. view->tensors: clonal__free; names and values are the file's. */
clonal_status clonal__unwrapped(const clonal__safetensors *file, clonal__safetensors *view);

/* Builds input, flatten, then linear, relu, dropout(0) for each layer, the last without, and
 * cross-entropy: the layers' parameters are called 1, 4, 7, ... The order of the layers is that of
 * their names where all differ in their numbers alone; else the one in which each layer takes as
 * many values as the one before gives, if only one uses them all. Logs a warning that tells the
 * widths. CLONAL_E_FORMAT: there is no such order, or several; a layer is none of weight (O,I) and
 * bias (O). */
clonal_status clonal__spell_perceptron(const char *path, const clonal__safetensors *file,
                                       clonal_graph *graph);

#endif

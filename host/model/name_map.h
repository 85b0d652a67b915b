/* name_map.h: the map that a user writes where a weights file has other names than the model: text,
 * a line for each parameter,
 *   1.weight = encoder.fc.weight
 *   4.weight = params/Dense_0/kernel transposed
 * with comments behind a # at a line's begin or after white space. */
#ifndef CLONAL_MODEL_NAME_MAP_H
#define CLONAL_MODEL_NAME_MAP_H

#include "host/model/match.h"

typedef struct clonal__name_line {
    const char *ours, *theirs;
    bool transposed; /* the file has the matrix as (I,O) */
    size_t line;     /* from 1 */
} clonal__name_line;

typedef struct clonal__name_map {
    const char *path; /* borrowed */
    char *text;       /* owns the names */
    clonal__name_line *lines;
    size_t count;
} clonal__name_map;

/* Reads a map; a name stands at most once on either side. Free with clonal__name_map_free, also
 * after a failure. Errors, with the line's number: CLONAL_E_IO, CLONAL_E_FORMAT. */
clonal_status clonal__name_map_read(const char *path, clonal__name_map *map);
void clonal__name_map_free(clonal__name_map *map);

/* Fills taken[] by parameter. What the map does not name is passed over, with a log line for
 * floats. Errors: CLONAL_E_FORMAT (a line of no parameter or of no tensor, a parameter without a
 * line, a type of no floats), CLONAL_E_SHAPE. */
clonal_status clonal__name_map_take(const clonal__name_map *map, const char *file_path,
                                    const clonal__safetensors *file, size_t count,
                                    const clonal__parameter *parameters, clonal__taken *taken);
/* The file's tensors that the map names, under the model's names and shapes, without values: what a
 * graph is spelled from. view->tensors: clonal__free; the names are the map's. CLONAL_E_FORMAT. */
clonal_status clonal__name_map_view(const clonal__name_map *map, const char *file_path,
                                    const clonal__safetensors *file, clonal__safetensors *view);

#endif

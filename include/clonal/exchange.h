/* exchange.h: networks, weights and graph, from and to the files of other frameworks. What
 * `clonal export` and `clonal import` do; neither needs a device. Files of these formats are also
 * taken wherever weights are read: clonal_model_load, clonal_graph_from_weights, clonal_run_open.
 */
#ifndef CLONAL_EXCHANGE_H
#define CLONAL_EXCHANGE_H

#include <clonal/status.h>
#include <stddef.h>

CLONAL_BEGIN

typedef struct clonal_format {
    const char *name;   /* "safetensors" */
    const char *suffix; /* ".safetensors": of a file whose format is not named */
    const char *words;  /* for people: what it is */
} clonal_format;
/* The formats, static: index 0, 1, ...; NULL behind the last. */
CLONAL_API const clonal_format *clonal_format_at(size_t index);

/* Writes the network of a run folder, or of a weights file of any of the formats, to `path`, whole
 * or not at all. The bytes depend on parameters, graph, loss and the run's seed of masks alone.
 * map: as clonal_model_load_mapped takes it, or NULL. format: a name, or NULL for the one of path's
 * suffix. digest, if not NULL, receives "sha256:<hex>" of the file (72 bytes). Errors, with nothing
 * written: CLONAL_E_IO; CLONAL_E_FORMAT, CLONAL_E_SHAPE (the run's weights; as for loading);
 * CLONAL_E_ARGUMENT (no such format, or it cannot hold this network, with what). */
CLONAL_API clonal_status clonal_export(const char *run_or_file, const char *map, const char *format,
                                       const char *path, char digest[72]);
/* Writes a Clonal weights file (safetensors, with the graph) of a file of any of the formats: for
 * one that Clonal exported, the very file that it was made of. Errors as above. */
CLONAL_API clonal_status clonal_import(const char *file, const char *map, const char *path,
                                       char digest[72]);

CLONAL_END

#endif

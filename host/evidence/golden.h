/* golden.h: the golden digests of cl/CONTRACT.md, section 8, read from front to back. */
#ifndef CLONAL_EVIDENCE_GOLDEN_H
#define CLONAL_EVIDENCE_GOLDEN_H

#include "host/base/memory.h"
#include <clonal/model.h>
#include <stdbool.h>

#define CLONAL__GOLDEN_LINE 256

/* The embedded text cl/<name>; CLONAL_E_INTERNAL when it is missing. */
clonal_status clonal__golden_text(const char *name, const char **text);

/* Copies the next line that is neither empty nor a comment, without its line feed; false at the
 * end. */
bool clonal__golden_next(const char **at, char line[CLONAL__GOLDEN_LINE]);

/* A line `name digest`. */
typedef struct clonal__golden_entry {
    char name[48], digest[17];
} clonal__golden_entry;
typedef struct clonal__golden_block {
    clonal__golden_entry *entries;
    size_t count;
} clonal__golden_block;

/* Reads the entries that follow, up to the next keyword, which stays unread. Free with
 * clonal__free(block->entries). */
clonal_status clonal__golden_entries(const char **at, clonal__golden_block *block);
/* The digest that `name` has, or NULL. */
const char *clonal__golden_digest(const clonal__golden_block *block, const char *name);

typedef struct clonal__golden_case {
    char name[32];
    bool small;
    uint64_t first_step; /* its number */
    uint32_t samples, epochs;
    clonal_model_options options;
    clonal_graph *graph; /* clonal_graph_destroy */
} clonal__golden_case;

/* Fills the options of a case from pairs `key value`, as they stand on its line: the optimizer's
 * and the schedule's numbers by their keys. */
clonal_status clonal__golden_options(const char *pairs, clonal__golden_case *c);
/* Reads a case from its first line and the graph that follows. */
clonal_status clonal__golden_case_read(const char *line, const char **at, clonal__golden_case *c);
/* Its synthetic samples; clonal_dataset_destroy. */
clonal_status clonal__golden_data(const clonal__golden_case *c, clonal_dataset **data);

#endif

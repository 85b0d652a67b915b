/* The cases of cl/CONTRACT.md, section 8: their synthetic data, and the file of cases as lines.
 * Threads: any. */
#ifndef CLONAL_REF_CASES_H
#define CLONAL_REF_CASES_H

#include "ref_train.h"

#include <stdio.h>

struct ref_case {
    char name[32];
    int small;
    uint64_t first_step; /* its number */
    size_t samples;
    uint64_t epochs;
    struct ref_settings settings;
    struct ref_graph graph;
};

/* Reads the line `case ...` and the graph behind it, up to `end`. Returns 0, or -1 with one line in
 * message. */
int ref_case_read(struct ref_case *c, const char *line, FILE *file, char message[REF_MAX_MESSAGE]);

/* Samples, by the contract's noise; ref_data_free (ref_files.h) frees what it allocated. */
void ref_case_data(const struct ref_case *c, struct ref_data *data);

#endif

/* conditions.h: an evaluation under other conditions than those of training: images rotated by some
 * angles, with some noise, or both; a table with a row for each. */
#ifndef TOOLS_SUPPORT_CONDITIONS_H
#define TOOLS_SUPPORT_CONDITIONS_H

#include <clonal/monte_carlo.h>
#include <jansson.h>
#include <stdbool.h>

enum { MOST_CONDITIONS = 64 };

/* What --rotate and --noise give: every angle with every noise. */
typedef struct conditions {
    double degrees[MOST_CONDITIONS], deviations[MOST_CONDITIONS];
    size_t degree_count, deviation_count; /* both 0: none were given; else both 1 or more */
} conditions;

/* Reads both lists, either of which may be NULL: 0 then. 0, or the exit code of an error that is
 * printed. */
int conditions_read(conditions *c, const char *rotate, const char *noise);
/* How many rows: 0 where none were given. */
size_t conditions_count(const conditions *c);
/* The data under condition `row`. clonal_dataset_destroy. */
clonal_status conditions_data(const conditions *c, size_t row, const clonal_dataset *data,
                              uint64_t seed, clonal_dataset **changed);

/* The figures of all rows, as lines. passes: they are of Monte Carlo dropout, and more than loss
 * and accuracy. */
void conditions_print(const conditions *c, const clonal_monte_carlo *figures, bool passes);
/* The same as an array; NULL without memory. */
json_t *conditions_json(const conditions *c, const clonal_monte_carlo *figures, bool passes);

#endif

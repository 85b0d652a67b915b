/* measures.h: what is measured of trained runs, kept in measures.csv of an experiment's folder: a
 * row for each number, "setting,seed,name,value", settings by their place in the sweep. */
#ifndef TOOLS_EXPERIMENTS_MEASURES_H
#define TOOLS_EXPERIMENTS_MEASURES_H

#include <clonal/sweep.h>

typedef struct measures measures;

/* NULL: out of memory. Free with measures_free. */
measures *measures_create(void);
void measures_free(measures *m);
/* Of a run of a setting; name has no comma. false: out of memory. */
bool measures_add(measures *m, size_t setting, uint64_t seed, const char *name, double value);
/* NaN: there is none. */
double measures_get(const measures *m, size_t setting, uint64_t seed, const char *name);
/* Over a sweep's seeds, the mean of a number times a weight, plus another's times another: (name,
 * 1, NULL, 0) is that of one number, (a, 1, b, -1) of their difference; with an interval
 * of that confidence. */
clonal_estimate measures_estimate(const measures *m, const clonal_sweep *sweep, size_t setting,
                                  const char *a, double weight_a, const char *b, double weight_b,
                                  double confidence);

/* Writes and reads the file; 0, or an exit code after a message. */
int measures_write(const measures *m, const char *path);
int measures_read(const char *path, measures **m);

#endif

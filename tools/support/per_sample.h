/* per_sample.h: what a network makes of each sample, as a file for NumPy. */
#ifndef TOOLS_SUPPORT_PER_SAMPLE_H
#define TOOLS_SUPPORT_PER_SAMPLE_H

#include <clonal/model.h>

/* Writes the .npy of N records: loss (binary64), label (int64; -1: none), class (the first index of
 * the largest output), outputs (C of binary32: probabilities under cross-entropy). Returns an exit
 * code. */
int per_sample_write(const char *path, clonal_model *model, const clonal_dataset *data);

#endif

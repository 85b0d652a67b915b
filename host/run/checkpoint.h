/* checkpoint.h: the state of a training run between two steps, as a file.
 *
 * A checkpoint is a safetensors file: the parameters in order, then each state that the optimizer
 * keeps, of all parameters, named "<state>.<parameter>" (momentum.1.weight); metadata, all text and
 * in this order: format ("clonal-checkpoint"), contract (version), seed, step, epoch (decimal
 * numbers), graph, settings, within an epoch samples and loss_sum, and sha256: the digest of the
 * other metadata and of the tensors, so that damage is found before anything is resumed from it. */
#ifndef CLONAL_RUN_CHECKPOINT_H
#define CLONAL_RUN_CHECKPOINT_H

#include "host/base/safetensors.h"

/* More than any optimizer keeps today, so that a file of a later version is read and judged. */
enum { CLONAL__MOST_CHECKPOINT_STATES = 4 };

typedef struct clonal__checkpoint {
    uint64_t seed;
    uint64_t step;  /* training steps done */
    uint32_t epoch; /* epochs done; in the name of the file too */
    /* of the epoch after those: samples trained, and the sum of their losses; 0: between epochs */
    uint64_t samples;
    double loss_sum;
    const char *graph, *settings;
    size_t count; /* of parameters */
    const clonal__tensor *parameters;
    /* what the optimizer keeps of each parameter, of its shape: states[s * count + i] for state s,
     * of this name, and parameter i */
    size_t state_count;
    const char *state_names[CLONAL__MOST_CHECKPOINT_STATES];
    const float *const *states;
} clonal__checkpoint;

/* Writes a checkpoint, atomically. Borrows everything. Errors: CLONAL_E_ARGUMENT, CLONAL_E_IO. */
clonal_status clonal__checkpoint_write(const char *path, const clonal__checkpoint *checkpoint);

/* Reads and checks one; *checkpoint owns all that it points at: clonal__checkpoint_destroy. Errors:
 * CLONAL_E_IO; CLONAL_E_FORMAT: damaged, no checkpoint, or of another version of the contract. */
clonal_status clonal__checkpoint_read(const char *path, clonal__checkpoint **checkpoint);
void clonal__checkpoint_destroy(clonal__checkpoint *checkpoint);

/* "<folder>/epoch-0003.safetensors" into path[size] (step 0), or of a checkpoint within the epoch
 * after that one "<folder>/epoch-0003-step-0000000800.safetensors"; CLONAL_E_ARGUMENT when too
 * long. */
clonal_status clonal__checkpoint_path(const char *folder, uint32_t epoch, uint64_t step, char *path,
                                      size_t size);

/* Removes a folder's checkpoints within epochs but for the one named. What cannot be removed stays:
 * it is older than what is resumed from. */
void clonal__checkpoint_remove_within(const char *folder, uint32_t epoch, uint64_t step);

/* How many checkpoints, sound or not, a folder has; 0 for one that does not exist. */
clonal_status clonal__checkpoint_count(const char *folder, size_t *count);

/* The newest sound checkpoint of a folder and, unless path is NULL, its path. A damaged one is
 * passed over with a warning. CLONAL_OK with *checkpoint NULL: the folder has none, or does not
 * exist. CLONAL_E_FORMAT: it has damaged ones only. */
clonal_status clonal__checkpoint_latest(const char *folder, char *path, size_t size,
                                        clonal__checkpoint **checkpoint);

#endif

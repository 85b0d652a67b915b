/* npz.h: NumPy's archives: zip files whose members are arrays, stored or deflated. Read by libzip,
 * which checks each member's sum and size. */
#ifndef CLONAL_DATA_NPZ_H
#define CLONAL_DATA_NPZ_H

#include "host/data/npy.h"

typedef struct clonal__npz clonal__npz;

/* Opens an archive, which clonal__npz_close closes; path is to outlive it. Errors: CLONAL_E_IO (it
 * cannot be opened or read), CLONAL_E_FORMAT (no zip file, a damaged one), CLONAL_E_MEMORY. */
clonal_status clonal__npz_open(const char *path, clonal__npz **npz);
/* The same of `count` bytes in memory, called `name` in messages; both are to outlive it. */
clonal_status clonal__npz_open_bytes(const char *name, const void *bytes, size_t count,
                                     clonal__npz **npz);
void clonal__npz_close(clonal__npz *npz);

/* Reads the array of a split ("train", "t10k") and kind ("images", "labels"), by the members' names
 * that clonal__numpy_fits takes. name (of `size` bytes): the archive's and the member's, for
 * messages. Errors, with *npy zeroed: CLONAL_E_IO (there is no such member, or several: the message
 * lists them), those of clonal__npy_read, CLONAL_E_FORMAT (the member is damaged or encrypted). */
clonal_status clonal__npz_read(const clonal__npz *npz, const char *split, const char *kind,
                               char *name, size_t size, clonal__npy *npy);

#endif

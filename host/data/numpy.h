/* numpy.h: data sets from NumPy's arrays: a pair of .npy files, or an archive, .npz. Samples of
 * bytes stand for u/255, as IDX's; others become binary32. Labels are whole numbers, (N) or (N,1);
 * floats, (N) or (N,C), are targets. */
#ifndef CLONAL_DATA_NUMPY_H
#define CLONAL_DATA_NUMPY_H

#include <clonal/data.h>
#include <stdbool.h>

enum { CLONAL__NUMPY_NAMES_ROOM = 96 };

/* Whether `name` is one that arrays of a split ("train", "t10k") and kind ("images", "labels")
 * have: x_train.npy, X_train.npy, train_images.npy and their like. */
bool clonal__numpy_fits(const char *name, const char *split, const char *kind);
/* All of these names, into room, which it returns. */
const char *clonal__numpy_names(const char *split, const char *kind,
                                char room[CLONAL__NUMPY_NAMES_ROOM]);
/* The split as NumPy's names call it: "t10k" is "test". */
const char *clonal__numpy_split(const char *split);

/* Whether the path is one of an array (of an archive), by its first bytes or by how it ends. A
 * pipe is not looked into, since it would lose what is read. */
bool clonal__is_npy(const char *path);
bool clonal__is_npz(const char *path);

/* clonal_dataset_open_files of two .npy files; labels may be NULL. */
clonal_status clonal__numpy_open_files(const char *images, const char *labels,
                                       clonal_dataset **data);
/* clonal_dataset_open of an archive. */
clonal_status clonal__numpy_open_archive(const char *path, const char *split,
                                         clonal_dataset **data);

#endif

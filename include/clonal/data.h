/* data.h: data sets: samples and their labels or targets, in host memory.
 *
 * IDX is the format of the MNIST family (http://yann.lecun.com/exdb/mnist/): big-endian header
 * 0,0,type,rank, sizes. */
#ifndef CLONAL_DATA_H
#define CLONAL_DATA_H

#include <clonal/status.h>
#include <stddef.h>
#include <stdint.h>

CLONAL_BEGIN

typedef struct clonal_dataset clonal_dataset;
typedef enum clonal_split { CLONAL_SPLIT_TRAIN, CLONAL_SPLIT_TEST } clonal_split;

/* Fashion-MNIST's folder from Debian's package dataset-fashion-mnist: the default of `folder`
 * below. */
#define CLONAL_FASHION_MNIST "/usr/share/datasets/fashion-mnist"

/* Opens a data set of the MNIST family: {train,t10k}-images-idx3-ubyte and -labels-idx1-ubyte, each
 * plain or with .gz; also with a dot for the dash before idx, of samples of 1 to 4 dimensions
 * (idx2 .. idx5), with a prefix and "test" (EMNIST's), or below the folder where torchvision puts
 * them. NULL: Fashion-MNIST. Unsigned bytes become u/255, correctly rounded; other whole numbers
 * (8, 16, 32 bits, signed) and binary64 are rounded to binary32, which stays as it is. Labels are
 * whole numbers of any type, 0 or more.
 *
 * NumPy's arrays are read as well: x_train, y_train, x_test, y_test (also X_ and Y_, or
 * train_images, train_labels, ...), as .npy files in the folder, or all in one archive (.npz,
 * stored or deflated), which `folder` then names. Versions 1.0 to 3.0, either order; samples
 * (N,...) of 1 to 4 dimensions by the rule above: whole numbers of 8 to 64 bits, signed or not,
 * truth values (0 and 1), binary16, 32 and 64. Labels (N) or (N,1); floats there, (N) or (N,C), are
 * targets for a squared error. Pickles are never opened. Other members of an archive (medmnist's
 * val_images) are not looked at.
 *
 * Errors: CLONAL_E_IO (no such file: the message says what to install; or several, which it lists),
 * CLONAL_E_FORMAT (truncated, oversized, mismatched counts, a header that lies, elements of another
 * type). */
CLONAL_API clonal_status clonal_dataset_open(const char *folder, clonal_split split,
                                             clonal_dataset **data);
/* The same from two files, both IDX or both .npy; labels may be NULL (for prediction). */
CLONAL_API clonal_status clonal_dataset_open_files(const char *images, const char *labels,
                                                   clonal_dataset **data);
/* Copies N samples of uint8 pixels (N,shape...) and labels (N) < 2^31, or NULL. */
CLONAL_API clonal_status clonal_dataset_create_u8(size_t count, size_t rank, const uint32_t *shape,
                                                  const uint8_t *samples, const uint32_t *labels,
                                                  clonal_dataset **data);
/* Copies N samples of float (N,shape...) and either labels (N) or targets (N,columns); the other is
 * NULL. */
CLONAL_API clonal_status clonal_dataset_create_f32(size_t count, size_t rank, const uint32_t *shape,
                                                   const float *samples, const uint32_t *labels,
                                                   const float *targets, uint32_t columns,
                                                   clonal_dataset **data);
/* Copies `count` of the samples, with their labels or targets: those of these indices, in their
 * order, or the first where indices is NULL. The classes stay those of the whole set. Free with
 * clonal_dataset_destroy. Any thread, while none destroys the set. Errors: CLONAL_E_ARGUMENT (NULL,
 * 0, an index that is none, more than there are), CLONAL_E_MEMORY. */
CLONAL_API clonal_status clonal_dataset_select(const clonal_dataset *data, size_t count,
                                               const uint32_t *indices, clonal_dataset **selected);
/* Parts a set of N samples in two, each in the set's order: `held` gets round(fraction * N) of
 * them, which the contract's shuffle of that seed chooses (cl/CONTRACT.md, section 4), `rest` the
 * others. 0 < fraction < 1. The same seed, fraction and N choose the same on every machine. Free
 * both with clonal_dataset_destroy. Threads as above. Errors: CLONAL_E_ARGUMENT (NULL; either would
 * be empty), CLONAL_E_MEMORY. */
CLONAL_API clonal_status clonal_dataset_hold_out(const clonal_dataset *data, double fraction,
                                                 uint64_t seed, clonal_dataset **rest,
                                                 clonal_dataset **held);
/* Copies a set with its images rotated about their middle, counterclockwise as they are seen, each
 * in its own frame: what comes from outside of it is 0. A sample is (H,W) or (H,W,channels); its
 * values become floats. Between pixels they are interpolated (bilinear); multiples of 90 degrees
 * move pixels of square images as they are. The same bits everywhere: cl/CONTRACT.md, section 4,
 * "Rotated". Free with clonal_dataset_destroy. Threads as above. Errors: CLONAL_E_ARGUMENT (NULL,
 * an angle that is not finite), CLONAL_E_SHAPE (samples of 1 or 4 dimensions), CLONAL_E_MEMORY. */
CLONAL_API clonal_status clonal_dataset_rotate(const clonal_dataset *data, double degrees,
                                               clonal_dataset **rotated);
/* Copies a set with normal noise of this standard deviation, finite and at least 0, added to every
 * value, in units of the floats that bytes become (white is 1); results are not clamped. The noise
 * of sample i comes from the seed and i alone: cl/CONTRACT.md, section 4, "Noisy". Free, threads,
 * errors as above. */
CLONAL_API clonal_status clonal_dataset_add_noise(const clonal_dataset *data, double deviation,
                                                  uint64_t seed, clonal_dataset **noisy);
CLONAL_API void clonal_dataset_destroy(clonal_dataset *data);

/* N */
CLONAL_API size_t clonal_dataset_count(const clonal_dataset *data);
/* elements of one sample */
CLONAL_API size_t clonal_dataset_shape(const clonal_dataset *data, size_t *rank, uint32_t shape[4]);
/* The samples first .. first+count-1 as the floats that networks see: values (count,elements).
 * Errors: CLONAL_E_ARGUMENT (NULL, no such samples). */
CLONAL_API clonal_status clonal_dataset_samples(const clonal_dataset *data, size_t first,
                                                size_t count, float *values);
/* UINT32_MAX: it has none */
CLONAL_API uint32_t clonal_dataset_label(const clonal_dataset *data, size_t index);
/* 1 + the largest label, or 0 without labels */
CLONAL_API uint32_t clonal_dataset_classes(const clonal_dataset *data);
/* The outputs that a network for the data needs: its classes, or the columns of its float targets;
 * 0 with neither. */
CLONAL_API uint32_t clonal_dataset_outputs(const clonal_dataset *data);
/* The ten names of Fashion-MNIST's classes ("t-shirt", ...), or NULL for other numbers. */
CLONAL_API const char *clonal_fashion_mnist_class(uint32_t label);
/* "sha256:<hex>" of shape, samples and labels: the same for the same data in whatever file. At
 * least 72 bytes. */
CLONAL_API clonal_status clonal_dataset_digest(const clonal_dataset *data, char digest[72]);

CLONAL_END

#endif

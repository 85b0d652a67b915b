/* bench.h: the parts of `clonal bench`. Each measures, prints a table and adds the same figures to
 * the JSON; none judges. Peers run in processes of their own, by turns with Clonal where a part
 * measures several rounds; a peer that is not there leaves a gap. */
#ifndef TOOLS_SUPPORT_BENCH_H
#define TOOLS_SUPPORT_BENCH_H

#include <clonal/clonal.h>
#include <jansson.h>

#define BENCH_ROUNDS 3 /* medians are of so many */

typedef struct bench {
    clonal_context *context;
    const char *peers;              /* folder of the peers' programs; NULL: none is run */
    const char *python;             /* which has the peers' packages */
    const char *data;               /* as clonal_dataset_open takes it */
    const clonal_dataset *training; /* of the parts that train; else NULL */
    uint32_t threads;               /* of the peers on a CPU */
    json_t *figures;                /* NULL: tables on stdout are wanted, not JSON */
} bench;

/* Products of the chapter's step and larger ones, beside CLBlast and OpenBLAS. */
int bench_products(bench *b);
/* Dropout beside copies of as many elements, up to what the device's memory holds. */
int bench_dropout(bench *b);
/* An epoch of the chapter's network, beside PyTorch and JAX. */
int bench_epoch(bench *b);
/* The same for other widths and batches. */
int bench_sizes(bench *b);
/* Clonal alone: how an epoch's cost grows with width, batch and depth. */
int bench_growth(bench *b);

/* The median of 1 to BENCH_ROUNDS values; 0 of none. */
double bench_median(const double *values, int count);
/* printf, where tables are wanted. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void bench_print(const bench *b, const char *format, ...);
/* Adds a row to the array `part` of the JSON, and takes it over; frees it where JSON is not wanted.
 */
void bench_add(bench *b, const char *part, json_t *row);
/* What JSON has for a figure: null for one that was not measured. */
json_t *bench_figure(double value);
/* A figure in 10 columns with so many digits, or "-" for one that was not measured. */
const char *bench_text(double value, int digits, char room[32]);

/* The seconds of each of BENCH_ROUNDS epochs of a perceptron, after one that does not count.
 * need, unless NULL, receives what training on all samples takes of memory. */
clonal_status bench_train(bench *b, const clonal_dataset *data, const clonal_perceptron *perceptron,
                          uint32_t batch, double seconds[BENCH_ROUNDS], clonal_memory_need *need);

#endif

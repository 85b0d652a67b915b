/* classes.h: large matrices to try a product with, whose every element has a known result.
 *
 * The rows of op(A) and the columns of op(B) are of few classes: all rows of a class are alike, and
 * which class a row or a column is of is random. So element (i,j) of the product is that of their
 * classes, and the host, which computes the product of the classes alone (the table), knows every
 * element of the large one. What it computes is bounded, however large the product; the matrices
 * themselves are made on the device. A product that is small enough has a class a row and a class
 * a column: then the table is the product. For the files of host/gemm alone. */
#ifndef CLONAL_GEMM_CLASSES_H
#define CLONAL_GEMM_CLASSES_H

#include "host/gemm/gemm.h"
#include "host/gemm/integers.h"

enum {
    /* Fused steps of the host for one table, but for the longest chains. */
    CLONAL__TABLE_TERMS = 1 << 24,
    /* Elements of a table's A and of its B, but where those of a square table are more. */
    CLONAL__TABLE_ELEMENTS = 1 << 19,
    /* Elements up to which the host itself writes a matrix, or reads it. */
    CLONAL__CLASSES_BY_HOST = 1 << 18
};

/* The shape of the table's product: s itself where m n k is at most CLONAL__TABLE_TERMS, else of
 * fewer rows and columns, which come to CLONAL__TABLE_TERMS or, of a side, to
 * CLONAL__TABLE_ELEMENTS; k and the transpositions are s's. */
clonal__gemm_shape clonal__table_shape(const clonal__gemm_shape *s);

/* Sets map[i], for i < count, to the class of row or column i: to i for the first `classes`, to
 * random ones for the rest. */
void clonal__class_map(uint64_t seed, uint32_t count, uint32_t classes, uint32_t *map);

/* A dense matrix, row-major, whose rows or columns are those of a table. */
typedef struct clonal__spread {
    uint32_t rows, columns;
    /* Of the table's: whichever is the matrix's own has its number and a NULL map. */
    uint32_t table_rows, table_columns;
    const uint32_t *row_of, *column_of;
} clonal__spread;

/* Sets the buffer to the matrix that the spread makes of `table` (one of both maps is NULL).
 * `scratch` has room for CLONAL__CLASSES_BY_HOST floats. Waits. Errors: those of building and
 * running a kernel, and of copies. */
clonal_status clonal__spread_write(clonal_context *context, const clonal__spread *spread,
                                   const float *table, float *scratch, cl_mem to);

/* What a comparison found. */
typedef struct clonal__differences {
    size_t count, first; /* elements with other bits; the first one's row-major index, or 0 */
} clonal__differences;

/* Compares every element of the buffer with what the spread makes of `table` (it has both maps):
 * any NaN equals any NaN, but no number. Where they are many the device does it, and is then
 * believed only if it finds some elements that are changed for it to find; CLONAL_E_CONTRACT where
 * it does not. The buffer's contents may be changed. Waits. Other errors as above. */
clonal_status clonal__spread_compare(clonal_context *context, const clonal__spread *spread,
                                     const float *table, float *scratch, cl_mem matrix,
                                     clonal__differences *found);

/* A part of such a matrix. */
typedef struct clonal__window {
    uint32_t row, column, rows, columns;
} clonal__window;

/* What of an operand `count` rows or columns of C from `first` on are made of. */
clonal__window clonal__operand_part(const clonal__spread *operand, uint32_t first, uint32_t count);
/* Writing and comparing of a part, by the host alone: it leaves the rest of the buffer as it is, or
 * does not look at it, and changes nothing that it compares. `scratch` has room for as many floats
 * as the part has columns, and for CLONAL__CLASSES_BY_HOST. `first` is the row-major index in the
 * part. */
clonal_status clonal__spread_write_part(clonal_context *context, const clonal__spread *spread,
                                        const clonal__window *part, const float *table,
                                        float *scratch, cl_mem to);
clonal_status clonal__spread_compare_part(clonal_context *context, const clonal__spread *spread,
                                          const clonal__window *part, const float *table,
                                          float *scratch, cl_mem matrix,
                                          clonal__differences *found);
/* Sets all bits of a part. */
clonal_status clonal__spread_poison_part(clonal_context *context, const clonal__spread *spread,
                                         const clonal__window *part, float *scratch, cl_mem to);

#endif

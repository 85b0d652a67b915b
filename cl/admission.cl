/* admission.cl: makes large matrices out of small tables, and compares one with a table
 * (host/gemm/classes.h). Values are moved and compared as bits. A work-item has column
 * get_global_id(0) of row get_global_id(1) and of each row that is the launch's height further on:
 * the height of a launch is limited. */
#include "lib/base.cl"

/* to (rows,columns): its row r is the table's row of[r]. */
__kernel void spread_rows(__global const uint *table, __global const uint *of, __global uint *to,
                          uint columns, uint rows)
{
    const size_t c = get_global_id(0);
    if (c >= columns) return;
    for (size_t r = get_global_id(1); r < rows; r += get_global_size(1))
        to[r * columns + c] = table[(size_t)of[r] * columns + c];
}

/* to (rows,columns): its column c is column of[c] of the table, whose rows have so many. */
__kernel void spread_columns(__global const uint *table, __global const uint *of, __global uint *to,
                             uint columns, uint rows, uint table_columns)
{
    const size_t c = get_global_id(0);
    if (c >= columns) return;
    for (size_t r = get_global_id(1); r < rows; r += get_global_size(1))
        to[r * columns + c] = table[r * table_columns + of[c]];
}

static inline int is_nan_word(uint word)
{
    return (word & 0x7fffffffu) > 0x7f800000u;
}

/* Counts in found[0] the elements of x (rows,columns) that are not the table's at row_of[r],
 * column_of[c], and leaves in found[1], which holds 2^32 - 1 before, the least of their row-major
 * indices. Any NaN equals any NaN, but no number. */
__kernel void differences(__global const uint *x, __global const uint *table,
                          __global const uint *row_of, __global const uint *column_of, uint columns,
                          uint rows, uint table_columns, __global uint *found)
{
    const size_t c = get_global_id(0);
    if (c >= columns) return;
    for (size_t r = get_global_id(1); r < rows; r += get_global_size(1)) {
        const uint is = x[r * columns + c];
        const uint wanted = table[(size_t)row_of[r] * table_columns + column_of[c]];
        if (is == wanted || (is_nan_word(is) && is_nan_word(wanted))) continue;
        atomic_inc(&found[0]);
        atomic_min(&found[1], (uint)(r * columns + c)); /* fits: CLONAL__MOST_ELEMENTS */
    }
}

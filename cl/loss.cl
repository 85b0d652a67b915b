/* loss.cl: the losses, their gradients and the count of right answers, one work-item a row. Rules:
 * cl/CONTRACT.md, sections 5 and 6.
 *
 * z (rows,columns) is the network's output; labels (N) or targets (N,columns) belong to the data
 * set, whose sample in row r is order[place + r], or place + r when shuffled is 0. row_loss and
 * right hold one entry a sample in the order trained: place + r. dz (rows,columns) is written when
 * gradient is 1; it may be z. scale: 1/rows (cross-entropy), 2/(rows columns) (squared error). */
#include "lib/base.cl"
#include "lib/cross_entropy.cl"
#include "lib/order.cl"

__kernel void cross_entropy(__global const float *z_rows, __global const uint *labels,
                            __global const uint *order, uint shuffled, uint rows, uint columns,
                            float scale, uint gradient, __global float *dz_rows,
                            __global float *row_loss, __global uchar *right, uint place)
{
    size_t r = get_global_id(0);
    if (r >= rows) return;
    uint label = labels[clonal_sample(order, shuffled, place, r)];
    clonal_cross_entropy_row(z_rows + r * columns, columns, label, scale, gradient,
                             dz_rows + r * columns, row_loss + place + r, right + place + r);
}

static inline float target_of(__global const uint *labels, __global const float *targets,
                              uint has_targets, size_t sample, uint columns, uint c)
{
    return has_targets ? targets[sample * columns + c] : labels[sample] == c ? 1.0f : 0.0f;
}

__kernel void squared_error(__global const float *y_rows, __global const uint *labels,
                            __global const float *targets, uint has_targets,
                            __global const uint *order, uint shuffled, uint rows, uint columns,
                            float scale, uint gradient, __global float *dy_rows,
                            __global float *row_loss, __global uchar *right, uint place)
{
    size_t r = get_global_id(0);
    if (r >= rows) return;
    __global const float *y = y_rows + r * columns;
    __global float *dy = dy_rows + r * columns;
    size_t sample = clonal_sample(order, shuffled, place, r);
    right[place + r] = has_targets ? 0 : class_of(y, columns) == labels[sample];
    float total = 0.0f;
    for (uint start = 0; start < columns; start += 1024u) {
        uint end = columns - start > 1024u ? start + 1024u : columns;
        float sum = 0.0f;
        for (uint c = start; c < end; c++) {
            float d = y[c] - target_of(labels, targets, has_targets, sample, columns, c);
            sum = clonal_fma(d, d, sum);
        }
        total = start == 0u ? sum : total + sum;
    }
    row_loss[place + r] = total;
    if (!gradient) return;
    for (uint c = 0; c < columns; c++) {
        float d = y[c] - target_of(labels, targets, has_targets, sample, columns, c);
        dy[c] = d * scale;
    }
}

/* p (rows,columns) = softmax of each row of z; p may not be z */
__kernel void softmax(__global const float *z_rows, __global float *p_rows, uint rows, uint columns)
{
    size_t r = get_global_id(0);
    if (r >= rows) return;
    __global const float *z = z_rows + r * columns;
    float m = row_maximum(z, columns);
    float s = row_sum(z, columns, m);
    float reciprocal = clonal_recip(s);
    for (uint c = 0; c < columns; c++) p_rows[r * columns + c] = clonal_exp(z[c] - m) * reciprocal;
}

/* gemm_arguments.cl: a product's arguments and its epilogue's, in a kernel's list of them: this
 * file stands between its parentheses. sizes as the kernel has them; order,
 * labels and what follows: as the kernels of load.cl and loss.cl take them; mask = {key low,
 * key high, stream, threshold, keep_any, 0, 0, 0}. GEMM_ARGUMENT(a) is the name of one: a, or what
 * it is called beside those of another product (gemm_pair.cl). */
const __global GEMM_STORED(A_SAMPLES) *restrict GEMM_ARGUMENT(a_base),
    const __global GEMM_STORED(B_SAMPLES) *restrict GEMM_ARGUMENT(b_base),
    __global float *GEMM_ARGUMENT(c_base), uint8 GEMM_ARGUMENT(sizes)
#if BIAS
                                               ,
    const __global float *GEMM_ARGUMENT(bias)
#endif
#if DROPOUT
        ,
    uint8 GEMM_ARGUMENT(mask), uint GEMM_ARGUMENT(step)
#endif
#if DROPOUT || GATED
                                   ,
    float GEMM_ARGUMENT(scale)
#endif
#if DERIVATIVE || GATED
        ,
    const __global float *GEMM_ARGUMENT(saved)
#endif
#if ARGUMENT
        ,
    float GEMM_ARGUMENT(argument)
#endif
#if UPDATE
        ,
    float8 GEMM_ARGUMENT(scalars), __global float *GEMM_ARGUMENT(w),
    __global float *GEMM_ARGUMENT(state0), __global float *GEMM_ARGUMENT(state1)
#endif
#if BIAS_GRADIENT
                                               ,
    __global float *GEMM_ARGUMENT(bias_w), __global float *GEMM_ARGUMENT(bias_state0),
    __global float *GEMM_ARGUMENT(bias_state1)
#endif
#if LOSS || A_SAMPLES || B_SAMPLES
        ,
    const __global uint *GEMM_ARGUMENT(order), uint GEMM_ARGUMENT(shuffled),
    uint GEMM_ARGUMENT(place)
#endif
#if LOSS
        ,
    const __global uint *GEMM_ARGUMENT(labels), float GEMM_ARGUMENT(loss_scale),
    __global float *GEMM_ARGUMENT(row_loss), __global uchar *GEMM_ARGUMENT(right)
#endif

/* gemm_after.cl: declares `after`, the epilogue's arguments, in a kernel that has
 * lib/gemm_arguments.cl: this file stands among its statements. */
gemm_after after;
after.c = GEMM_ARGUMENT(c_base), after.columns = GEMM_ARGUMENT(sizes).s1, after.argument = 0.0f;
#if BIAS
after.bias = GEMM_ARGUMENT(bias);
#endif
#if DROPOUT
after.key = GEMM_ARGUMENT(mask).s01, after.stream = GEMM_ARGUMENT(mask).s2;
after.step = GEMM_ARGUMENT(step), after.threshold = GEMM_ARGUMENT(mask).s3;
after.keep_any = GEMM_ARGUMENT(mask).s4;
#endif
#if DROPOUT || GATED
after.scale = GEMM_ARGUMENT(scale);
#endif
#if DERIVATIVE || GATED
after.saved = GEMM_ARGUMENT(saved);
#endif
#if ARGUMENT
after.argument = GEMM_ARGUMENT(argument);
#endif
#if UPDATE
after.scalars = GEMM_ARGUMENT(scalars), after.w = GEMM_ARGUMENT(w);
after.state0 = GEMM_ARGUMENT(state0), after.state1 = GEMM_ARGUMENT(state1);
#endif
#if BIAS_GRADIENT
after.bias_w = GEMM_ARGUMENT(bias_w), after.bias_state0 = GEMM_ARGUMENT(bias_state0);
after.bias_state1 = GEMM_ARGUMENT(bias_state1);
#endif
#if LOSS || A_SAMPLES || B_SAMPLES
after.order = GEMM_ARGUMENT(order), after.shuffled = GEMM_ARGUMENT(shuffled);
after.place = GEMM_ARGUMENT(place);
#endif
#if LOSS
after.labels = GEMM_ARGUMENT(labels), after.loss_scale = GEMM_ARGUMENT(loss_scale);
after.row_loss = GEMM_ARGUMENT(row_loss), after.right = GEMM_ARGUMENT(right);
#endif

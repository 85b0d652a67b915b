/* gemm_pair.cl: two products that do not need one another in one launch, each by the GEMM's form
 * for GPUs (gemm_native.cl): kernel gemm_pair. The first groups make the first product's tiles, the
 * others the second's, as gemm_groups would: alone neither has work for all of a GPU's units.
 *
 * Options: those of gemm_groups, with _1 or _2 behind the name for that product's, all of the
 * form's and of the epilogue's those that are 1; FUNCTION, UPDATE_BY and the optimizer's own are
 * without, since both products have the same; GROUP, the items of a group, a multiple of TX*TY of
 * both: it makes GROUP / (TX*TY) tiles at once, side by side.
 *
 * Arguments: those of the two products. The last of sizes_1 is the number of the first one's
 * groups. */
#include "lib/base.cl"

#define GPU 1
#define VW 4

/* What has a number of its own in each product: GEMM_PART is whose text is being read. */
#define GEMM_OF(name) CLONAL_JOIN(name, GEMM_PART)
#define NV GEMM_OF(NV_)
#define MR GEMM_OF(MR_)
#define A_FORM GEMM_OF(A_FORM_)
#define B_FORM GEMM_OF(B_FORM_)
#define TX GEMM_OF(TX_)
#define TY GEMM_OF(TY_)
#define BK GEMM_OF(BK_)
#define FOURS GEMM_OF(FOURS_)
#define SEVERAL_BLOCKS GEMM_OF(SEVERAL_BLOCKS_)
#define A_VW GEMM_OF(A_VW_)
#define B_VW GEMM_OF(B_VW_)
#define A_SAMPLES GEMM_OF(A_SAMPLES_)
#define B_SAMPLES GEMM_OF(B_SAMPLES_)
#define BIAS GEMM_OF(BIAS_)
#define ACTIVATION GEMM_OF(ACTIVATION_)
#define DROPOUT GEMM_OF(DROPOUT_)
#define DERIVATIVE GEMM_OF(DERIVATIVE_)
#define GATED GEMM_OF(GATED_)
#define UPDATE GEMM_OF(UPDATE_)
#define BIAS_GRADIENT GEMM_OF(BIAS_GRADIENT_)
#define ARGUMENT GEMM_OF(ARGUMENT_)
#define GEMM_ARGUMENT(name) GEMM_OF(name##_)
#define GEMM_ITEM_X ((uint)get_local_id(0) % TX)
#define GEMM_ITEM_Y ((uint)get_local_id(0) % ITEMS / TX)
#define gemm_after GEMM_OF(gemm_after_)
#define gemm_activation GEMM_OF(gemm_activation_)
#define gemm_derivative GEMM_OF(gemm_derivative_)
#define gemm_update GEMM_OF(gemm_update_)
#define gemm_follow GEMM_OF(gemm_follow_)
#define gemm_finish GEMM_OF(gemm_finish_)
#define gemm_group GEMM_OF(gemm_group_)
#define gemm_tiles_at_once GEMM_OF(gemm_tiles_at_once_)
#define gemm_floats GEMM_OF(gemm_floats_)

/* What either product needs: its own text has it where the first one's options say so alone. */
#include "lib/gemm_vector.cl"
#if ACTIVATION_1 || DERIVATIVE_1 || ACTIVATION_2 || DERIVATIVE_2
#include "lib/function.cl"
#endif
#if DROPOUT_1 || DROPOUT_2
#include "lib/philox.cl"
#endif
#if UPDATE_1 || UPDATE_2
#include "lib/optimizer.cl"
#endif
#if BIAS_GRADIENT_1 || BIAS_GRADIENT_2
#include "lib/gemm_column_sum.cl"
#endif

#define GEMM_PART 1
#include "lib/gemm_part.cl"
#undef GEMM_PART
#define GEMM_PART 2
#include "lib/gemm_part.cl"
#undef GEMM_PART

#define GEMM_FLOATS (gemm_floats_1 > gemm_floats_2 ? gemm_floats_1 : gemm_floats_2)

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void gemm_pair(
#define GEMM_PART 1
#include "lib/gemm_arguments.cl"
    ,
#undef GEMM_PART
#define GEMM_PART 2
#include "lib/gemm_arguments.cl"
#undef GEMM_PART
)
{
    __local float tiles[GEMM_FLOATS] __attribute__((aligned(16)));
    const uint group = (uint)get_group_id(0);
    /* Every group comes by both, since an `if` around them would be one around barriers, of which
     * PoCL 3.1 makes wrong code; the one that is not its own has no steps, and takes no time. */
    {
#define GEMM_PART 1
#include "lib/gemm_after.cl"
        gemm_tiles_at_once(&after, a_base_1, b_base_1, sizes_1, tiles, group);
#undef GEMM_PART
    }
    {
#define GEMM_PART 2
#include "lib/gemm_after.cl"
        gemm_tiles_at_once(&after, a_base_2, b_base_2, sizes_2, tiles, group - sizes_1.s7);
#undef GEMM_PART
    }
}

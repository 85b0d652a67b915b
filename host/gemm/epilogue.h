/* epilogue.h: what may follow a product in its own launch (cl/lib/gemm_epilogue.cl): a bias, a
 * function of one element or its derivative, a mask, an optimizer's update. The GEMM knows each by
 * its kernel's text alone, never by name. */
#ifndef CLONAL_GEMM_EPILOGUE_H
#define CLONAL_GEMM_EPILOGUE_H

#include "host/runtime/launch.h"

/* What changes from one step to the next, as variables of its launch list. */
enum {
    CLONAL__VARIABLE_STEP,    /* uint: the step's number, its low 32 bits */
    CLONAL__VARIABLE_FIRST,   /* uint: where in the data the batch begins */
    CLONAL__VARIABLE_SCALARS, /* float8: the optimizer's, for this step */
    CLONAL__VARIABLE_COUNT
};

/* Behind them, for each mask whose probability follows a schedule, from its `variable` on. */
enum {
    CLONAL__MASK_WORDS,     /* uint8: the GEMM's argument `mask` */
    CLONAL__MASK_THRESHOLD, /* uint: those of kernels of their own, in this order */
    CLONAL__MASK_KEEP_ANY,  /* uint */
    CLONAL__MASK_SCALE,     /* float: the GEMM's too */
    CLONAL__MASK_SHIFT,     /* float */
    CLONAL__MASK_DROPPED,   /* float */
    CLONAL__MASK_VARIABLES
};

/* A function of one element, with its derivative. */
typedef struct clonal__function {
    const char *name;    /* "relu": cl/lib/relu.cl defines it, as cl/lib/function.cl asks */
    bool reads_input;    /* the derivative is made from the input; else from the output */
    bool takes_argument; /* a number, an attribute of its node */
    /* The derivative lets dy through where the output is positive, and is +0 elsewhere. A mask
     * that follows changes no sign, so that the masked output serves in place of the output. */
    bool gates;
} clonal__function;

/* A dropout mask but for its place: threshold, scale, seed and stream as in clonal/random.h. What
 * is kept becomes x scale and what is dropped +0; of other random functions of an element
 * (host/ops/ noise.h), which no product's epilogue has, each says what the three numbers are. */
typedef struct clonal__mask {
    uint64_t threshold;
    float scale, shift, dropped;
    uint64_t seed;
    uint32_t stream;
    double p; /* the probability that threshold and numbers come of, where `decide` says how; */
    /* NULL: they come of something else */
    clonal_status (*decide)(double p, struct clonal__mask *mask);
    unsigned variable; /* the first of its variables; 0: the same numbers in every step */
} clonal__mask;

/* The node whose mask it is: a node has one. */
static inline uint32_t clonal__mask_node(const clonal__mask *mask)
{
    return mask->stream & 0xffffffu;
}

/* The argument `mask` of the GEMM's kernels. */
static inline clonal__arg clonal__mask_words(const clonal__mask *mask)
{
    const bool drops_all = mask->threshold > UINT32_MAX; /* no room in a word */
    return CLONAL__U32X8((cl_uint)mask->seed, (cl_uint)(mask->seed >> 32), mask->stream,
                         drops_all ? 0 : (cl_uint)mask->threshold, !drops_all);
}

/* How an optimizer updates one element. */
enum { CLONAL__MOST_STATES = 2, CLONAL__UPDATE_SCALARS = 8 };
typedef struct clonal__update_form {
    const char *library; /* "sgd": cl/lib/sgd.cl defines it, as cl/lib/optimizer.cl asks */
    char options[64];    /* build options that it takes */
    size_t states;       /* tensors that it keeps for each parameter: 0 to CLONAL__MOST_STATES */
    bool fuses;          /* whether it pays within a product's launch on the device */
} clonal__update_form;

/* A loss by row, with its gradient, of rows of C that a group makes whole
 * (clonal__native_holds_rows). */
typedef struct clonal__row_loss {
    const char *library; /* "cross_entropy": cl/lib/cross_entropy.cl has it, as lib/gemm_loss.cl
                            asks */
    float (*scale)(uint32_t rows, uint32_t columns); /* of the gradient */
} clonal__row_loss;

/* What follows the chain, element by element, in this order; all off: nothing. */
typedef struct clonal__epilogue {
    bool bias;                          /* y = y + bias[n] */
    const clonal__function *activation; /* y = f(y); NULL: none */
    bool dropout;                       /* y = mask(y) */
    clonal__mask mask;
    /* y = y f'(x) by `saved`; NULL: none. Not with activation */
    const clonal__function *derivative;
    bool gated;                        /* y = saved > 0 ? y * mask.scale : +0 */
    float argument;                    /* of activation or derivative */
    const clonal__update_form *update; /* the chain is the gradient of w (M,N); C is not written */
    /* With update: bias_w (M) is updated too, its gradient the chain sums of A's columns. A is
     * stored transposed. */
    bool bias_update;
    /* After bias at most: C receives the gradient of the logits. NULL: none */
    const clonal__row_loss *loss;
} clonal__epilogue;

/* The buffers of a product and of its epilogue; those that it does not use may be NULL. */
typedef struct clonal__gemm_buffers {
    cl_mem a, b, c;
    cl_mem bias;                                     /* (N) */
    cl_mem saved;                                    /* (M,N) */
    cl_mem w, states[CLONAL__MOST_STATES];           /* (M,N) */
    cl_mem bias_w, bias_states[CLONAL__MOST_STATES]; /* (M) */
    /* Of a loss, an entry a sample of the data set: row r is sample order[place + r], or place + r
     * itself unless shuffled, and its loss and whether it is right go to place + r, the place being
     * CLONAL__VARIABLE_FIRST. */
    cl_mem labels, order, row_loss, right;
    bool shuffled;
    /* The operand, 1 (a) or 2 (b), whose rows are samples of the data set in that order, bytes or
     * floats (clonal__native_gathers); 0: none */
    int gathered;
    bool bytes;
} clonal__gemm_buffers;

#endif

/* program.h: what a graph becomes: values and the instructions that make them, in order. Every pass
 * of host/compile takes one program and gives one.
 *
 * A value is a matrix, made by one instruction (parameters by none). An instruction that updates
 * names the parameter as its output. */
#ifndef CLONAL_IR_PROGRAM_H
#define CLONAL_IR_PROGRAM_H

#include "host/gemm/gemm.h"
#include "host/ir/feed.h"
#include "host/ir/graph.h"

#define CLONAL__NO_VALUE (-1)
enum { CLONAL__MOST_OPERANDS = 4, CLONAL__MOST_PARAMETERS = 2 };

typedef enum clonal__value_kind {
    CLONAL__PER_SAMPLE, /* (batch * rows, columns): rows of each sample */
    CLONAL__FIXED,      /* (rows, columns) whatever the batch: a parameter's gradient */
    CLONAL__PARAMETER   /* (rows, columns); lives always, the others from first to last use */
} clonal__value_kind;

typedef struct clonal__value {
    clonal__value_kind kind;
    uint32_t rows, columns;
    char name[48]; /* "node.3.value", "node.3.gradient", "1.weight", "1.weight.gradient" */
    int parameter; /* the parameter's number, or -1 */
    int slot;      /* memory plan: which physical buffer; -1 not planned, or a parameter */
} clonal__value;

/* How a parameter starts (cl/CONTRACT.md, section 5, "Parameters"). */
typedef enum clonal__initial {
    CLONAL__INITIAL_WEIGHT, /* by the model's rule, as is: */
    CLONAL__INITIAL_BIAS,
    CLONAL__INITIAL_ONES,
    CLONAL__INITIAL_ZEROS
} clonal__initial;

typedef struct clonal__parameter {
    char name[32]; /* "1.weight" */
    clonal_node node;
    unsigned index; /* among the node's parameters */
    size_t rank;    /* 1 or more */
    uint32_t shape[CLONAL_MAX_RANK];
    uint32_t rows, columns; /* as a matrix: columns is the last size of shape */
    uint32_t fan_in;
    clonal__initial initial;
    int value;    /* its number among the program's values */
    int gradient; /* likewise; CLONAL__NO_VALUE where the program makes none */
} clonal__parameter;

typedef struct clonal__instruction clonal__instruction;
struct clonal__launching;

/* What an instruction does to others, for the passes: most need not be known. */
typedef enum clonal__role {
    CLONAL__ROLE_NONE,
    CLONAL__ROLE_PRODUCT,    /* out = gemm(in0, in1), then its epilogue */
    CLONAL__ROLE_BIAS,       /* out = in0 + in1 in every row */
    CLONAL__ROLE_FUNCTION,   /* out = f(in0) */
    CLONAL__ROLE_DERIVATIVE, /* out = in0 f'(.), by in1 */
    CLONAL__ROLE_MASK,       /* out = mask(in0) */
    CLONAL__ROLE_NOISE,      /* out = in0 with random numbers, by the mask's seed and stream */
    CLONAL__ROLE_COLUMN_SUM, /* out = the sum over the rows of in0 */
    CLONAL__ROLE_LOSS,       /* rows' losses; out, if any, = the gradient at in0 */
    CLONAL__ROLE_UPDATE,     /* out, a parameter, stepped by its gradient in0 */
    CLONAL__ROLE_LOAD,       /* out = the batch's samples */
    CLONAL__ROLE_COUNT
} clonal__role;

/* What an instruction is. */
typedef struct clonal__code {
    const char *name;  /* for --explain: "column-sum" */
    const char *words; /* for people: "sum of the rows" */
    clonal__role role;
    /* Each element is read before the same one of the output is written: the output may take the
     * buffer of an input of its size that ends there. */
    bool in_place;
    bool masks; /* it drops elements by the words of `mask`: what is observed as node.N.mask */
    /* Appends its launches to the list. */
    clonal_status (*launch)(const struct clonal__launching *to, const clonal__instruction *in);
} clonal__code;

/* Two products next to one another that do not need one another (host/compile/pair.c): each may be
 * computed while the other is. */
typedef enum clonal__pairing {
    CLONAL__ALONE,
    CLONAL__FIRST_OF_PAIR,
    CLONAL__SECOND_OF_PAIR
} clonal__pairing;

struct clonal__instruction {
    const clonal__code *code;
    clonal_node node; /* that it comes from */
    int out, in[CLONAL__MOST_OPERANDS];
    const clonal__function *function;     /* FUNCTION, DERIVATIVE */
    float argument;                       /* of the function, or of a code of its own */
    clonal__mask mask;                    /* MASK, NOISE */
    uint32_t channel_elements;            /* of a mask by channels: those of one; else 0 */
    const struct clonal__loss_rule *loss; /* LOSS */
    const clonal__update_form *update;    /* UPDATE; borrowed */
    bool ta, tb;                          /* PRODUCT: how in0 and in1 are taken */
    uint32_t zeros;                       /* PRODUCT: quarters of in0, as in its shape */
    int gathered;                         /* PRODUCT: in0 (1) or in1 (2) is read from the data; 0 */
    clonal__epilogue epilogue;            /* PRODUCT: what was fused into it, */
    int bias, saved;                      /* and the values that takes; out is the parameter */
    int bias_parameter;                   /* with epilogue.update, this too with bias_update */
    clonal__gemm_choice choice;           /* PRODUCT: the plan's */
    clonal__pairing pairing;              /* PRODUCT */
    bool one_launch;                      /* of a pair: the first's launch makes the second too */
};

/* What a program is for: the forward pass alone, without dropout or with it; training; or, to look
 * at them, the gradients that training would compute, with dropout or without it, and no updates.
 */
typedef enum clonal__mode {
    CLONAL__EVALUATION,
    CLONAL__SAMPLING,
    CLONAL__TRAINING,
    CLONAL__GRADIENTS,
    CLONAL__PLAIN_GRADIENTS
} clonal__mode;

/* Whether a mode has gradients, and takes the samples in the epoch's order; whether it has masks.
 */
static inline bool clonal__mode_trains(clonal__mode mode)
{
    return mode >= CLONAL__TRAINING;
}
static inline bool clonal__mode_masks(clonal__mode mode)
{
    return mode != CLONAL__EVALUATION && mode != CLONAL__PLAIN_GRADIENTS;
}

/* The values of a node: its own, and the whole gradient at it; CLONAL__NO_VALUE where there is
 * none. A node that hands on what it takes has the value of its input. */
typedef struct clonal__node_values {
    int value, gradient;
} clonal__node_values;

typedef struct clonal__program {
    clonal__value *values;
    size_t value_count;
    clonal__instruction *instructions;
    size_t instruction_count;
    clonal__parameter *parameters;
    size_t parameter_count;
    int output; /* the loss node's input */
    /* by node of the graph, as differentiation leaves them: fusing takes some of them away */
    clonal__node_values *nodes;
    bool training, dropout;
} clonal__program;

/* Frees what a program holds and empties it; an empty one is legal. */
void clonal__program_free(clonal__program *program);
/* Adds a value; its number, or CLONAL__NO_VALUE when out of memory. */
int clonal__program_value(clonal__program *program, clonal__value_kind kind, uint32_t rows,
                          uint32_t columns, const char *format, ...) CLONAL__PRINTF(5, 6);
/* Appends a copy of the instruction. */
clonal_status clonal__program_append(clonal__program *program,
                                     const clonal__instruction *instruction);
/* An instruction with nothing set but its code and its values. */
clonal__instruction clonal__instruct(const clonal__code *code, clonal_node node, int out, int in0,
                                     int in1);
/* The rows of a value's matrix at a batch size. */
uint32_t clonal__value_rows(const clonal__value *value, uint32_t batch);
/* M, N, K of a product at a batch size. */
clonal__gemm_shape clonal__gemm_shape_of(const clonal__program *program,
                                         const clonal__instruction *instruction, uint32_t batch);
/* Whether an instruction reads a value, and how often the whole program does. */
bool clonal__instruction_reads(const clonal__instruction *in, int value);
size_t clonal__value_uses(const clonal__program *program, int value);

/* Appends the program as text: a line an instruction. */
clonal_status clonal__program_print(const clonal__program *program, uint32_t batch,
                                    const char *title, clonal__string *text);

/* One of its instructions, without a line's end; a failure stays in the text's status. */
void clonal__instruction_print(const clonal__program *program, const clonal__instruction *in,
                               uint32_t batch, clonal__string *text);

/* Where instructions append their launches: the list, and the buffers of the step that is being
 * compiled. All borrowed. */
typedef struct clonal__launching {
    clonal__launch_list *list;
    const clonal__program *program;
    uint32_t batch;
    const clonal__feed *feed;
    const cl_mem *slots;
    const cl_mem *parameters;                        /* by parameter */
    const cl_mem *const states[CLONAL__MOST_STATES]; /* by parameter; NULL: not kept */
} clonal__launching;

/* A value's buffer; NULL for CLONAL__NO_VALUE. */
cl_mem clonal__launching_buffer(const clonal__launching *to, int value);
/* The elements of a value at the batch size. */
uint32_t clonal__launching_elements(const clonal__launching *to, int value);
/* A state of a parameter, by the parameter's value; NULL: not kept. */
cl_mem clonal__launching_state(const clonal__launching *to, int value, size_t state);

#endif

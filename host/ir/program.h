/* program.h: what a graph becomes: values and the instructions that make them, in order. Every pass
 * takes one and gives one.
 *
 * A value is a matrix, made by one instruction (parameters by none). An instruction that updates
 * names the parameter as its output. */
#ifndef CLONAL_IR_PROGRAM_H
#define CLONAL_IR_PROGRAM_H

#include "host/gemm/gemm.h"
#include "host/ir/graph.h"

#define CLONAL__NO_VALUE (-1)

typedef enum clonal__value_kind {
    CLONAL__BATCH, /* (batch, columns); lives from its instruction to its last use */
    /* (rows, columns) whatever the batch: a parameter's gradient; lives likewise */
    CLONAL__SMALL,
    CLONAL__PARAMETER /* (rows, columns); lives always */
} clonal__value_kind;

typedef struct clonal__value {
    clonal__value_kind kind;
    uint32_t rows, columns;
    char name[48]; /* "node.3.value", "node.3.gradient", "1.weight", "1.weight.gradient" */
    int parameter; /* number of the parameter, or -1 */
    int slot;      /* memory plan: which physical buffer; -1 not planned, or a parameter */
} clonal__value;

typedef enum clonal__opcode {
    CLONAL__LOAD,       /* out = the batch's samples */
    CLONAL__GEMM,       /* out = gemm(in0, in1), then its epilogue */
    CLONAL__BIAS,       /* out = in0 + in1 in every row */
    CLONAL__FUNCTION,   /* out = f(in0) */
    CLONAL__DERIVATIVE, /* out = in0 f'(in1) */
    CLONAL__MASK,       /* out = dropout(in0) */
    CLONAL__SUM,        /* out = in0 + in1 */
    CLONAL__LOSS,       /* out = gradient at in0; row losses. Evaluation: no output */
    CLONAL__COLUMN_SUM, /* out = sum over rows of in0 */
    CLONAL__UPDATE      /* out (a parameter) = SGD(in0) */
} clonal__opcode;

typedef struct clonal__instruction {
    clonal__opcode op;
    clonal_node node; /* that it comes from */
    int out, in[2];
    bool ta, tb;               /* GEMM: how in0 and in1 are taken */
    clonal__function function; /* FUNCTION, DERIVATIVE */
    clonal__dropout mask;      /* MASK */
    clonal__operation_id loss; /* LOSS: which */
    clonal__epilogue epilogue; /* GEMM: what was fused into it, */
    /* and the values that takes; with epilogue.update, out is the parameter, */
    int bias, saved;
    int bias_parameter;         /* and with epilogue.bias_update this one too */
    clonal__gemm_choice choice; /* GEMM: the plan's */
} clonal__instruction;

typedef struct clonal__parameter {
    char name[32]; /* "1.weight" */
    clonal_node node;
    bool is_bias;
    uint32_t rows, columns;
    int value;
} clonal__parameter;

typedef struct clonal__program_ir {
    clonal__value *values;
    size_t value_count;
    clonal__instruction *instructions;
    size_t instruction_count;
    clonal__parameter *parameters;
    size_t parameter_count;
    int output; /* the loss node's input */
    bool training;
} clonal__program_ir;

void clonal__program_free(clonal__program_ir *program);
/* Adds a value or an instruction; the number of the value, or CLONAL__NO_VALUE when out of memory.
 */
int clonal__program_value(clonal__program_ir *program, clonal__value_kind kind, uint32_t rows,
                          uint32_t columns, const char *format, ...) CLONAL__PRINTF(5, 6);
clonal_status clonal__program_append(clonal__program_ir *program,
                                     const clonal__instruction *instruction);
/* An instruction with nothing set but its code and its values. */
clonal__instruction clonal__instruct(clonal__opcode op, clonal_node node, int out, int in0,
                                     int in1);
uint32_t clonal__value_rows(const clonal__value *value, uint32_t batch);
/* M, N, K of a GEMM at a batch size */
clonal__gemm_shape clonal__gemm_shape_of(const clonal__program_ir *program,
                                         const clonal__instruction *instruction, uint32_t batch);
/* How often a value is read. */
size_t clonal__value_uses(const clonal__program_ir *program, int value);

/* differentiate.c: the forward pass; with training, its derivative and the updates too. */
clonal_status clonal__differentiate(const clonal_graph *graph, bool training, uint64_t seed,
                                    clonal__program_ir *program);
/* plan: every GEMM's choice for batches of `batch` rows */
clonal_status clonal__plan_gemms(clonal__program_ir *program, clonal_context *context,
                                 uint32_t batch, clonal_gemm wanted, bool allow_inexact,
                                 bool *exact);
/* fuse.c: moves what follows a native GEMM into its epilogue, for batches of `batch` rows. Changes
 * no bit. */
clonal_status clonal__fuse(clonal__program_ir *program, uint32_t batch, const clonal__sgd *sgd);
/* memory.c: gives each value a slot; slots are shared by values that do not live together. *bytes
 * receives each slot's size at `batch` rows; room is CLONAL__MAX_SLOTS. */
#define CLONAL__MAX_SLOTS 4096
clonal_status clonal__plan_memory(clonal__program_ir *program, uint32_t batch, size_t **slot_bytes,
                                  size_t *slot_count);
/* print.c */
clonal_status clonal__program_print(const clonal__program_ir *program, uint32_t batch,
                                    const char *title, clonal__string *text);

#endif

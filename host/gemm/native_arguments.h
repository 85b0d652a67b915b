/* native_arguments.h: what the kernels of the native GEMM are built with and launched with:
 * options, programs and arguments, those of an epilogue among them. For the files of host/gemm
 * alone. */
#ifndef CLONAL_GEMM_NATIVE_ARGUMENTS_H
#define CLONAL_GEMM_NATIVE_ARGUMENTS_H

#include "host/gemm/forms.h"

/* Build options as text. `part` stands behind the names of those that each product of a pair has
 * for itself: "_1". */
typedef struct clonal__option_text {
    char text[1024];
    size_t used;
    const char *part;
} clonal__option_text;

/* "-DNAME=value", with the part behind the name. */
void clonal__options_add(clonal__option_text *to, const char *name, uint32_t value);
/* A tile of so many rows; a form for GPUs; an epilogue, without what its program has in front
 * (clonal__options_add_libraries). */
void clonal__options_add_tile(clonal__option_text *to, const clonal__form *form,
                              const clonal__gemm_shape *shape, uint32_t rows);
void clonal__options_add_gpu_form(clonal__option_text *to, const clonal__form *form,
                                  const clonal__gemm_shape *shape,
                                  const clonal__gemm_buffers *buffers);
void clonal__options_add_epilogue(clonal__option_text *to, const clonal__epilogue *epilogue);
/* The function and the optimizer, either of which may be NULL. */
void clonal__options_add_libraries(clonal__option_text *to, const clonal__function *function,
                                   const clonal__update_form *update);
/* All options of the kernel of one product, `tile` rows high. */
void clonal__options_of(const clonal_context *context, const clonal__form *form,
                        const clonal__gemm_shape *shape, const clonal__gemm_buffers *buffers,
                        const clonal__epilogue *epilogue, uint32_t tile, clonal__option_text *to);

/* A kernel's program, with the function, or loss, and the optimizer of its epilogues, where there
 * are any. */
typedef struct clonal__program_name {
    char text[112];
} clonal__program_name;
clonal__program_name clonal__program_of(const char *program, const char *function,
                                        const clonal__update_form *update);
/* The function of an epilogue, or of its derivative; NULL: none. */
const clonal__function *clonal__function_of(const clonal__epilogue *epilogue);

/* A kernel's arguments: room for those of two products. */
typedef struct clonal__arguments {
    clonal__arg all[40];
    size_t count;
    clonal__binding bindings[CLONAL__MOST_BINDINGS];
    size_t binding_count;
} clonal__arguments;

void clonal__push(clonal__arguments *to, clonal__arg argument);
/* a, b, c; and, in the order of cl/lib/gemm_arguments.cl, what stands behind the sizes. */
void clonal__push_operands(clonal__arguments *to, const clonal__gemm_buffers *buffers);
void clonal__push_epilogue(clonal__arguments *to, const clonal__gemm_shape *shape,
                           const clonal__gemm_buffers *buffers, const clonal__epilogue *epilogue);

/* Rounds of an item's loops, however few are unrolled, in a product with an epilogue, or one that
 * gathers: the plan has tried it without. 0: not to be asked for. */
uint64_t clonal__fused_rounds(const clonal__form *form, const clonal__gemm_shape *shape,
                              const clonal__gemm_buffers *buffers,
                              const clonal__epilogue *epilogue);
extern const char clonal__long_by[]; /* for the message of too many */

#endif

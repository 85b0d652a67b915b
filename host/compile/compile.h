/* compile.h: the passes from a graph to a program that can be launched, in their order. Each takes
 * a program and changes it in place; clonal__program_print shows what it made. None changes a bit
 * of what is computed. */
#ifndef CLONAL_COMPILE_COMPILE_H
#define CLONAL_COMPILE_COMPILE_H

#include "host/ir/operation.h"
#include "host/optim/update.h"
#include "host/runtime/profile.h"

/* differentiate.c: the forward pass; in training also the gradients of all parameters, by each
 * operation's rules (cl/CONTRACT.md, section 5). Fills an empty program, which the caller frees;
 * frees it itself where it fails. Errors: those of clonal__graph_check; CLONAL_E_INTERNAL (an
 * operation lacks a rule). */
clonal_status clonal__differentiate(const clonal_graph *graph, clonal__mode mode, uint64_t seed,
                                    clonal__program *program);

/* updates.c: inserts the update of each parameter that has a gradient, as early as can be. `form`
 * is borrowed as long as the program lives. */
clonal_status clonal__insert_updates(clonal__program *program, const clonal__update_form *form);

/* masks.c: gives each mask that a probability decides variables of the launch list, from
 * CLONAL__VARIABLE_COUNT on, for a probability that changes from step to step. *masks
 * (clonal__free, also after a failure: CLONAL_E_MEMORY) receives one of each node that drops, in
 * the order of their variables. */
clonal_status clonal__bind_masks(clonal__program *program, clonal__mask **masks, size_t *count);

/* sparse.c: tells products how much of their left operand is likely to be zeros: of what dropout,
 * relu or their derivatives made, and of samples (feed->zeros; NULL: none). To be called before
 * fusion. CLONAL_E_MEMORY. */
clonal_status clonal__find_sparse(clonal__program *program, const clonal__feed *feed);

/* plan_gemms.c: chooses who computes each product, for batches of `batch` rows. *exact: all of them
 * keep the contract. Errors: those of clonal__gemm_plan. */
clonal_status clonal__plan_gemms(clonal__program *program, clonal_context *context, uint32_t batch,
                                 clonal_gemm wanted, bool allow_inexact, bool *exact);

/* fuse.c: moves what follows a native product into its epilogue, for batches of `batch` rows.
 * Errors: CLONAL_E_MEMORY. */
clonal_status clonal__fuse(clonal__program *program, uint32_t batch);

/* pair.c: puts products that do not need one another next to one another, two by two, on devices
 * whose forms of the native kernel can make both in one launch; where those that were planned can,
 * they are going to. To be called after fusion. */
void clonal__pair_products(clonal__program *program, const clonal_context *context, uint32_t batch);

/* memory.c: gives each value a slot, which values that do not live together share. *slot_bytes
 * (clonal__free) receives the slots' sizes at `batch` rows. */
clonal_status clonal__plan_memory(clonal__program *program, uint32_t batch, size_t **slot_bytes,
                                  size_t *slot_count);

/* work.c: what an instruction's launches do at `batch` rows. Of a product 2 M N K operations, what
 * is fused to it not counted; of others one an element that they make, or sum up; bytes of whole
 * matrices, each read or written once. */
clonal__work clonal__instruction_work(const clonal__program *program, const clonal__instruction *in,
                                      uint32_t batch, const clonal__feed *feed);

/* Launches of a compiled program, whose entries' tags are its instructions' numbers. */
typedef struct clonal__step_profile {
    clonal__launch_list *list;
    const clonal__program *program;
    const clonal_graph *graph;
    const clonal__feed *feed;
    uint32_t batch;
} clonal__step_profile;
/* Makes them known to the context's profile, if it has one. Of several launches of an instruction
 * the first is said to do its work. CLONAL_E_MEMORY. */
clonal_status clonal__describe_launches(const clonal__step_profile *of);

#endif

/* optimizer.h: what an optimizer is to the rest of the library. A new one is a file of its own with
 * a descriptor, its kernel in cl/lib, and a line in table.h: nothing else knows it by name.
 *
 * The kernel: cl/lib/<library>.cl defines how one element is updated, as cl/lib/optimizer.cl asks,
 * for cl/update.cl and for the GEMM's epilogue alike. Rules: cl/CONTRACT.md, section 5, "Update".
 */
#ifndef CLONAL_OPTIM_OPTIMIZER_H
#define CLONAL_OPTIM_OPTIMIZER_H

#include "host/gemm/epilogue.h"
#include <clonal/optimizer.h>
#include <stdbool.h>
#include <stddef.h>

/* A number that an optimizer or a schedule takes, as a member of its public struct: what run.json,
 * checks and messages loop over. */
typedef enum clonal__number_kind { CLONAL__F32, CLONAL__F64, CLONAL__U64 } clonal__number_kind;
typedef struct clonal__number {
    const char *key;   /* "momentum": in run.json and in cases of clonal verify */
    const char *words; /* "the momentum": in messages */
    clonal__number_kind kind;
    size_t offset;       /* in the struct of the settings */
    double least, below; /* least <= value < below, and finite */
} clonal__number;

/* Whole numbers are below 2^53: all of these are binary64's, through which they go, and JSON's. */
#define CLONAL__WHOLE_BELOW 0x1p53

double clonal__number_get(const clonal__number *number, const void *of);
/* Whether the member can hold the value at all: only a whole number, from 0 to below 2^53, where it
 * is one. */
bool clonal__number_holds(const clonal__number *number, double value);
/* Sets it to a value that it holds. */
void clonal__number_set(const clonal__number *number, void *of, double value);
/* Sets the number `key` of a table; false: it has none, or one that does not hold the value. */
bool clonal__number_set_named(const clonal__number *numbers, size_t count, const char *key,
                              void *of, double value);

/* CLONAL_E_ARGUMENT names the first number of a table that is out of its range. */
clonal_status clonal__numbers_check(const clonal__number *numbers, size_t count, const void *of);

/* A tensor that an optimizer keeps for each parameter, of its shape, +0 before the first step. */
typedef struct clonal__state {
    const char *name;   /* "velocity": the golden tensors' and records' <parameter>.velocity */
    const char *prefix; /* "momentum": the checkpoints' momentum.<parameter> */
} clonal__state;

typedef struct clonal__optimizer {
    const char *name;
    const char *library;           /* "sgd": its kernel is cl/lib/sgd.cl */
    const clonal__number *numbers; /* beside the learning rate and the weight decay */
    size_t number_count;
    /* Its kernel takes vectors, so that CPUs too are faster with the update in a product's launch;
     * one that does not is faster there in a launch of its own, where the driver makes the vectors.
     */
    bool vector;
    clonal__state states[CLONAL__MOST_STATES];
    /* How many of the states are kept with these settings. */
    size_t (*state_count)(const clonal_optimizer *settings);
    /* Build options that cl/lib/<library>.cl takes, into room. */
    void (*options)(const clonal_optimizer *settings, char *room, size_t size);
    /* What the kernel takes in training step `step` (from 0), whose learning rate is `rate`. */
    void (*scalars)(const clonal_optimizer *settings, double rate, uint64_t step,
                    float scalars[CLONAL__UPDATE_SCALARS]);
} clonal__optimizer;

/* NULL: there is none of that name (NULL for the default, sgd). */
const clonal__optimizer *clonal__optimizer_named(const char *name);
/* CLONAL_E_ARGUMENT names what is out of its range, or the names that there are. */
clonal_status clonal__optimizer_check(const clonal_optimizer *settings);
/* Sets the number `key` of the settings; false: no optimizer takes it, or not this value. */
bool clonal__optimizer_set(clonal_optimizer *settings, const char *key, double value);
/* The numbers that every optimizer takes: the learning rate and the weight decay. */
extern const clonal__number clonal__common_numbers[];
extern const size_t clonal__common_number_count;

/* schedule.c */
typedef struct clonal__schedule {
    const char *name;
    const clonal__number *numbers; /* beside the warm-up */
    size_t number_count;
    /* What no range of a number tells; NULL: nothing. */
    clonal_status (*check)(const clonal_schedule *settings);
    /* The factor at step `step` behind the warm-up. */
    double (*factor)(const clonal_schedule *settings, uint64_t step);
} clonal__schedule;

const clonal__schedule *clonal__schedule_named(const char *name);
clonal_status clonal__schedule_check(const clonal_schedule *settings);
bool clonal__schedule_set(clonal_schedule *settings, const char *key, double value);
extern const clonal__number clonal__warmup_number;
/* The learning rate's factor at training step `step` (from 0), the warm-up included. */
double clonal__schedule_factor(const clonal_schedule *settings, uint64_t step);

/* dropout_schedule.c */
typedef struct clonal__dropout_schedule {
    const char *name;
    /* The probability of a step, of `done` of the schedule's steps, where it is p in the end; NULL:
     * p in every step. */
    double (*probability)(double p, double done);
} clonal__dropout_schedule;

const clonal__dropout_schedule *clonal__dropout_schedule_named(const char *name);
clonal_status clonal__dropout_schedule_check(const clonal_dropout_schedule *settings);
/* Whether steps differ at all, under settings that were checked. */
bool clonal__dropout_varies(const clonal_dropout_schedule *settings);
extern const clonal__number clonal__dropout_steps_number;
/* The probability in training step `step` of a node whose own is p. */
double clonal__dropout_probability(const clonal_dropout_schedule *settings, double p,
                                   uint64_t step);

/* b^n by squaring, each product rounded to binary64: no libm's pow, which differs between
 * machines. */
double clonal__power(double b, uint64_t n);

/* "a, b, c" of names with NULL behind the last, cut where the room ends: for messages. */
const char *clonal__joined(const char *const *all, char room[200]);

#endif

/* uses.h: who makes and who reads each value of a program, for passes that would otherwise search
 * the whole program for every instruction: of a network of thousands of layers they take seconds.
 */
#ifndef CLONAL_COMPILE_USES_H
#define CLONAL_COMPILE_USES_H

#include "host/ir/operation.h"

/* Of a program whose instructions keep their places while it lives: one that is removed stays as a
 * blank that reads and makes nothing, until clonal__uses_compact. */
typedef struct clonal__uses {
    clonal__program *program;
    size_t *count;  /* by value: how often it is read, as clonal__value_uses counts */
    size_t *before; /* by value: how often by instructions before the place of clonal__uses_pass */
    size_t *maker;  /* by value: the instruction that makes it, or SIZE_MAX */
    size_t *first;  /* by value: its first operand, 1 + instruction * CLONAL__MOST_OPERANDS + k */
    size_t *next;   /* by operand: the next one of the same value; 0: none */
} clonal__uses;

/* Free with clonal__uses_free, also where it fails: CLONAL_E_MEMORY. */
clonal_status clonal__uses_create(clonal__program *program, clonal__uses *uses);
void clonal__uses_free(clonal__uses *uses);

/* The first instruction from place `from` on that takes `value` as operand and has this role;
 * CLONAL__ROLE_COUNT: whatever its role. -1: there is none. */
int clonal__uses_reader(const clonal__uses *uses, size_t from, int value, clonal__role role);
/* How often an instruction reads a value. */
size_t clonal__uses_by(const clonal__instruction *in, int value);
/* Counts the instruction among those before the place, as it is by now. In ascending order; to
 * begin anew: clonal__uses_restart. */
void clonal__uses_pass(clonal__uses *uses, size_t at);
void clonal__uses_restart(clonal__uses *uses);
/* Makes the instruction a blank; its reads are then another's, or counted off by the caller. */
void clonal__uses_blank(clonal__uses *uses, size_t at);
/* Takes the blanks out of the program. The places are other ones then. */
void clonal__uses_compact(clonal__uses *uses);

#endif

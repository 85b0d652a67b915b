/* float_environment.h: the floating-point environment that the contract is written in: rounding to
 * the nearest, subnormals kept, no traps. A caller may have another one: its own rounding mode, or
 * FTZ and DAZ, which gcc's -ffast-math sets in every program that is linked with it. Each public
 * function that computes, or calls a driver, sets this one for its length and puts back the
 * caller's. Threads that a driver starts meanwhile inherit it. Any thread. */
#ifndef CLONAL_BASE_FLOAT_ENVIRONMENT_H
#define CLONAL_BASE_FLOAT_ENVIRONMENT_H

#include <fenv.h>
#include <float.h>

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ > 0) ||       \
    defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__)
#error "Clonal is exact to the last bit: build it without -ffast-math or -Ofast"
#endif
#if FLT_EVAL_METHOD != 0
#error "Clonal needs binary32 and binary64 as such: build it with -mfpmath=sse"
#endif

typedef fenv_t clonal__float_environment;

/* Sets the contract's environment and returns what was. */
clonal__float_environment clonal__float_environment_enter(void);
void clonal__float_environment_leave(const clonal__float_environment *before);

/* At the head of a public function: the contract's environment until it returns. */
#define CLONAL__FLOATS                                                                             \
    __attribute__((cleanup(clonal__float_environment_leave), unused))                              \
    const clonal__float_environment clonal__floats = clonal__float_environment_enter()

#endif

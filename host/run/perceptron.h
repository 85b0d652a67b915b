/* perceptron.h: what settings check of the perceptron that they describe. */
#ifndef CLONAL_RUN_PERCEPTRON_H
#define CLONAL_RUN_PERCEPTRON_H

#include <clonal/run.h>

/* CLONAL_E_ARGUMENT: too many layers, a width of 0, no such activation. */
clonal_status clonal__perceptron_check(const clonal_perceptron *perceptron);
/* The static name of an activation ("relu" for NULL); NULL: there is none of that name. */
const char *clonal__activation_named(const char *name);

#endif

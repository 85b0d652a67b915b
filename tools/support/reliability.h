/* reliability.h: the reliability figure of a classifier: accuracy by confidence (Guo et al., ICML
 * 2017), drawn by gnuplot. */
#ifndef TOOLS_SUPPORT_RELIABILITY_H
#define TOOLS_SUPPORT_RELIABILITY_H

#include <clonal/monte_carlo.h>

/* Whether the path is one that can be drawn to, FILE.svg; else prints why and returns the exit
 * code. */
int reliability_check(const char *path);
/* Writes it, whole or not at all: a bar for each bin that has samples, as high as their accuracy, a
 * line across it at their mean confidence, and the diagonal, on which both would meet. 0, or an
 * exit code after a message. */
int reliability_draw(const clonal_monte_carlo *figures, const char *path);

#endif

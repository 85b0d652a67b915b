/* gnuplot.h: running gnuplot, without a shell. */
#ifndef TOOLS_SUPPORT_GNUPLOT_H
#define TOOLS_SUPPORT_GNUPLOT_H

#include <stdio.h>

/* Runs gnuplot on `script` (read from its start) and writes what it draws to `path`, whole or not
 * at all. 0, or an exit code after a message: one that says what to install where gnuplot is
 * missing. */
int gnuplot_run(FILE *script, const char *path);

#endif

/* figure.h: what Clonal's figures share: a gnuplot script that begins with the same terminal, axes
 * and colours, and is drawn into an SVG or a PNG file. */
#ifndef TOOLS_SUPPORT_FIGURE_H
#define TOOLS_SUPPORT_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Colours that stay apart for colour-blind eyes (Okabe and Ito), to be taken in turn. */
extern const char *const figure_colours[];
enum { FIGURE_COLOURS = 8 };
/* Curves of more epochs than this are drawn without a mark at each. */
enum { FIGURE_MARKED_EPOCHS = 30 };

/* EXIT_USAGE after a message unless the name given by `option` ends in .svg or .png; else 0. */
int figure_check_name(const char *option, const char *path);

/* An empty script, to be closed by fclose; NULL after a message. */
FILE *figure_begin(void);
/* Size (an SVG's pixels; a PNG has twice as many, each way) and style, by the name of the file. */
void figure_style(FILE *script, const char *path, int width, int height);
/* The x axis of whole epochs from first to last. */
void figure_epochs(FILE *script, double first, double last);
/* Text as gnuplot's single-quoted string; a number behind a blank, NaN for what has no place. */
void figure_string(FILE *script, const char *text);
void figure_number(FILE *script, double value);

#endif

/* number.h: decimal numbers as text and back, with a point whatever the program's locale: the only
 * place that prints or parses them for files and graphs. Any thread. */
#ifndef CLONAL_BASE_NUMBER_H
#define CLONAL_BASE_NUMBER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLONAL__NUMBER_ROOM = 40 };

/* Takes the number that *text begins with, as C's strtod does, and moves *text behind it; false,
 * and *text as it was, where there is none. */
bool clonal__number_take(const char **text, double *value);
/* The same of a text that must be one number as a whole. */
bool clonal__number_read(const char *text, double *value);

/* The same, strictly, of what users write: a finite number, 0 or more, without blanks, signs, names
 * or hexadecimal digits; false for one that is not 0 and too small to be told from it. */
bool clonal__number_read_plain(const char *text, double *value);
/* A whole number below 2^64, decimal, or hexadecimal after 0x; nothing else. */
bool clonal__whole_read(const char *text, uint64_t *value);

/* vsnprintf, whose numbers have a point: for messages and texts of several words. */
int clonal__number_format(char *room, size_t size, const char *format, va_list list);

/* The number as C's %.<digits>g, into room, which it returns. */
const char *clonal__number_text(double value, int digits, char room[CLONAL__NUMBER_ROOM]);
/* With the fewest digits that read back as the same binary64 or binary32 number. */
const char *clonal__number_shortest(double value, char room[CLONAL__NUMBER_ROOM]);
const char *clonal__number_shortest_f32(float value, char room[CLONAL__NUMBER_ROOM]);

#endif

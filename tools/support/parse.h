/* parse.h: text to numbers, strictly: the whole text must be the number; no blanks, no sign but a
 * seed's minus, nothing out of range. */
#ifndef TOOLS_SUPPORT_PARSE_H
#define TOOLS_SUPPORT_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal, or hexadecimal after 0x. */
bool parse_u64(const char *text, uint64_t *value);
bool parse_u32(const char *text, uint32_t *value);
/* A seed: as parse_u64, or a negative decimal from -2^63 on, which is its 64 bits in two's
 * complement, as other programs print them: -1 is 2^64 - 1. */
bool parse_seed(const char *text, uint64_t *value);
/* A finite decimal number, at least 0; false for one that is not 0 and so small that it would
 * become 0. */
bool parse_real(const char *text, double *value);
/* The same, rounded from binary64 to binary32 as the contract says; false when that overflows, or
 * becomes 0. */
bool parse_real32(const char *text, float *value);
/* The fewest digits that are read back as the number, into room, which is returned. */
enum { REAL_TEXT = 32 };
const char *real_text(double value, char room[REAL_TEXT]);
const char *real32_text(float value, char room[REAL_TEXT]);
/* Comma-separated lists, at most `room` long; "none" is the empty list. False: a bad part, or too
 * many. */
bool parse_u32_list(const char *text, size_t room, uint32_t *values, size_t *count);
bool parse_real_list(const char *text, size_t room, double *values, size_t *count);
/* The same with a '-' in front of those below 0. */
bool parse_signed_real_list(const char *text, size_t room, double *values, size_t *count);
/* How many parts a list has at most, 1 or more: the room that it needs. */
size_t parse_list_room(const char *text);

#endif

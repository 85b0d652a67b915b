/* suggest.h: the word that was meant. */
#ifndef TOOLS_SUPPORT_SUGGEST_H
#define TOOLS_SUPPORT_SUGGEST_H

#include <stddef.h>

/* Letters to insert, delete, change or swap with their neighbour to make b of a. */
size_t edit_distance(const char *a, const char *b);
/* The candidate nearest to `word`, or NULL when none is near: a third of its letters may differ, or
 * it is a beginning.
 * */
const char *suggest(const char *word, const char *const *candidates, size_t count);

#endif

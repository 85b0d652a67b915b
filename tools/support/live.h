/* live.h: train --live: the figure of a run that goes on, drawn anew after each epoch. */
#ifndef TOOLS_SUPPORT_LIVE_H
#define TOOLS_SUPPORT_LIVE_H

#include <stdbool.h>

typedef struct live {
    const char *path; /* of the figure; NULL: none is wanted, and nothing is done */
    bool told;        /* out: that it could not be drawn */
} live;

/* Before anything is trained: whether a figure of this name can be drawn and written. 0, or an exit
 * code after a message. NULL is legal. */
int live_check(const char *path);
/* Draws the figure of a run's folder, of the epochs that its metrics.csv has, whole or not at all,
 * and waits until that is done. A failure is no error of the run's: the first is a warning. */
void live_draw(live *l, const char *run);

#endif

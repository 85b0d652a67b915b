/* interrupt.h: Ctrl-C as a flag, so that a long verb can stop at a place of its own choosing. */
#ifndef TOOLS_SUPPORT_INTERRUPT_H
#define TOOLS_SUPPORT_INTERRUPT_H

/* From now on the first SIGINT, SIGTERM or SIGHUP sets the flag; a second one ends the program at
 * once. Call it once, before a device is opened: threads that a driver starts take over that these
 * signals are blocked. */
void interrupt_watch(void);
/* The number of the signal that came, or 0. */
int interrupt_signal(void);
/* The exit code for it: 128 + its number, 130 for Ctrl-C. */
int interrupt_exit_code(void);

#endif

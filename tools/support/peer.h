/* peer.h: running another program to compare with, and reading what it prints. */
#ifndef TOOLS_SUPPORT_PEER_H
#define TOOLS_SUPPORT_PEER_H

/* Runs argv (NULL-terminated, found on PATH) without a shell and hands each line of its stdout to
 * `line`. environment: "NAME=value" strings to add, NULL-terminated, or NULL. 0 when the program
 * left with 0, else -1; prints nothing. */
int peer_run(const char *const *argv, const char *const *environment,
             void (*line)(const char *text, void *user), void *user);

#endif

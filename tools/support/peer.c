/* peer.c: see peer.h. */
#include "support/peer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void become(const char *const *argv, const char *const *environment, int out)
{
    dup2(out, STDOUT_FILENO);
    int null = open("/dev/null", O_RDWR);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDERR_FILENO);
    }
    for (; environment && *environment; environment++) putenv((char *)*environment);
    execvp(argv[0], (char *const *)argv);
    _exit(127);
}

int peer_run(const char *const *argv, const char *const *environment, void (*line)(const char *text, void *user),
             void *user)
{
    int ends[2];
    if (pipe(ends) != 0) return -1;
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        become(argv, environment, ends[1]);
    }
    close(ends[1]);
    FILE *in = child > 0 ? fdopen(ends[0], "r") : NULL;
    if (!in) {
        close(ends[0]);
        return -1;
    }
    char text[512];
    while (fgets(text, sizeof text, in)) {
        text[strcspn(text, "\n")] = '\0';
        if (line) line(text, user);
    }
    fclose(in);
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

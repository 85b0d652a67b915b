#include "gnuplot.h"
#include "message.h"
#include "output.h"
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Files rather than pipes: neither side can wait for the other. */
static int spawn(FILE *script, FILE *picture, FILE *words, pid_t *child)
{
    char *arguments[] = {"gnuplot", "--default-settings", NULL};
    posix_spawn_file_actions_t streams;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    posix_spawn_file_actions_init(&streams);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&streams, fileno(script), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&streams, fileno(picture), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&streams, fileno(words), STDERR_FILENO);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    int cause = posix_spawnp(child, arguments[0], &streams, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&streams);
    return cause;
}

static int save(FILE *picture, const char *path)
{
    long size = fseek(picture, 0, SEEK_END) == 0 ? ftell(picture) : -1;
    char *bytes = size > 0 ? malloc((size_t)size) : NULL;
    rewind(picture);
    int code;
    if (!bytes || fread(bytes, 1, (size_t)size, picture) != (size_t)size)
        code = fail(CLONAL_E_IO, "gnuplot drew nothing");
    else
        code = output_file(path, bytes, (size_t)size, NULL, 0);
    free(bytes);
    return code;
}

/* Passes on the line of gnuplot's that says what is wrong: the last one that is not blank. */
static int fail_words(FILE *words)
{
    char line[512], last[512] = "it failed";
    rewind(words);
    while (fgets(line, sizeof line, words)) {
        line[strcspn(line, "\r\n")] = 0;
        if (line[strspn(line, " \t")]) memcpy(last, line, sizeof last);
    }
    return fail(CLONAL_E_IO, "gnuplot: %s", last + strspn(last, " \t"));
}

static int run(FILE *script, FILE *picture, FILE *words, const char *path)
{
    pid_t child;
    int cause = spawn(script, picture, words, &child);
    if (cause == ENOENT)
        return fail(CLONAL_E_IO, "gnuplot is not installed and draws the figure; install it (Debian, Ubuntu: "
                                 "apt-get install gnuplot-nox; elsewhere the package gnuplot)");
    if (cause != 0) return fail(CLONAL_E_IO, "gnuplot cannot be run: %s", strerror(cause));
    int how;
    while (waitpid(child, &how, 0) < 0) {
        if (errno != EINTR) return fail(CLONAL_E_IO, "gnuplot got lost: %s", strerror(errno));
    }
    return WIFEXITED(how) && WEXITSTATUS(how) == 0 ? save(picture, path) : fail_words(words);
}

int gnuplot_run(FILE *script, const char *path)
{
    FILE *picture = tmpfile(), *words = tmpfile();
    int code;
    if (!picture || !words || fflush(script) != 0 || ferror(script) || fseek(script, 0, SEEK_SET) != 0)
        code = fail(CLONAL_E_IO, "a temporary file cannot be written: %s", strerror(errno));
    else
        code = run(script, picture, words, path);
    if (picture) fclose(picture);
    if (words) fclose(words);
    return code;
}

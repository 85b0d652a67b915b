/* find.c: a folder whose files have any names, a line of the input each: which of them hold a data set. */
#include "tests/fuzz/fuzz.h"

#include "host/data/idx.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_FILES = 12, NAME_ROOM = 300 };
static const char *const folders[] = {"", "MNIST", "MNIST/raw", "FashionMNIST", "FashionMNIST/raw", "EMNIST"};

static void make_folders(void)
{
    static bool made;
    for (size_t i = 0; !made && i < sizeof folders / sizeof *folders; i++) {
        char name[64];
        snprintf(name, sizeof name, "data/%s", folders[i]);
        FUZZ_CHECK(mkdir(fuzz_path(name), 0700) == 0);
    }
    made = true;
}

/* Whether a line may be a file's name, in one of the folders. */
static bool usable(const char *line)
{
    const char *slash = strrchr(line, '/'), *name = slash ? slash + 1 : line;
    if (!*name || strlen(line) > 250 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return false;
    if (!slash) return true;
    for (size_t i = 1; i < sizeof folders / sizeof *folders; i++)
        if (strlen(folders[i]) == (size_t)(slash - line) && memcmp(line, folders[i], strlen(folders[i])) == 0)
            return true;
    return false;
}

/* Whether it is a file that was made, below the folder. */
static void check_found(const char *path)
{
    struct stat about;
    FUZZ_CHECK(strncmp(path, fuzz_path("data/"), strlen(fuzz_path("data/"))) == 0);
    FUZZ_CHECK(stat(path, &about) == 0 && S_ISREG(about.st_mode));
}

static void find(const char *split)
{
    char images[512], labels[512], folder[256];
    snprintf(folder, sizeof folder, "%s", fuzz_path("data"));
    const clonal_status status = clonal__idx_find(folder, split, images, labels, sizeof images);
    if (status != CLONAL_OK) {
        fuzz_failed(status, CLONAL_E_IO);
        return;
    }
    check_found(images);
    check_found(labels);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char names[MOST_FILES][NAME_ROOM];
    size_t count = 0;
    char *text = fuzz_text(data, size);
    make_folders();
    for (char *line = text, *next; line && count < MOST_FILES; line = next) {
        next = strchr(line, '\n');
        if (next) *next++ = 0;
        if (!usable(line)) continue;
        snprintf(names[count], NAME_ROOM, "data/%s", line);
        struct stat about;
        if (stat(fuzz_path(names[count]), &about) == 0) continue; /* one of the folders, or given twice */
        fuzz_file(names[count++], "", 0);
    }
    find("train");
    find("t10k");
    while (count--) FUZZ_CHECK(unlink(fuzz_path(names[count])) == 0);
    free(text);
    return 0;
}

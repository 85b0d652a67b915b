/* _replay.c: what stands in for libFuzzer where there is none: hands every file of the folders given to the harness,
 * and prints how many there were. Fails where there was none. */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_BYTES = 1 << 20 };

static void replay(const char *path)
{
    /* As large as the input and no larger, so that a sanitizer sees a read beyond it. */
    uint8_t *room = malloc(MOST_BYTES), *exact;
    FILE *file = fopen(path, "rb");
    FUZZ_CHECK(room && file);
    const size_t size = fread(room, 1, MOST_BYTES, file);
    FUZZ_CHECK(size < MOST_BYTES);
    fclose(file);
    exact = (uint8_t *)fuzz_text(room, size);
    exact = realloc(exact, size ? size : 1);
    FUZZ_CHECK(exact);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    free(room);
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    for (int i = 1; i < argc; i++) {
        struct dirent **entries;
        const int found = scandir(argv[i], &entries, NULL, alphasort);
        if (found < 0) {
            fprintf(stderr, "%s cannot be listed\n", argv[i]);
            return 1;
        }
        for (int k = 0; k < found; k++) {
            char path[PATH_MAX];
            snprintf(path, sizeof path, "%s/%s", argv[i], entries[k]->d_name);
            if (entries[k]->d_name[0] != '.') {
                fprintf(stderr, "%s\n", path); /* so that a finding's input is named */
                replay(path);
                count++;
            }
            free(entries[k]);
        }
        free(entries);
    }
    printf("%u inputs\n", count);
    return count ? 0 : 1;
}

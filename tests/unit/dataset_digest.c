/* dataset_digest: data sets as numpy_files.py asks for them. A line of stdin names one, words parted by tabs:
 *   open PATH train|test        clonal_dataset_open
 *   files IMAGES [LABELS]       clonal_dataset_open_files
 * and is answered by a line: its digest, or the status's name and the message of the failure. */
#include <clonal/clonal.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    char line[8192];
    while (fgets(line, sizeof line, stdin)) {
        char digest[72];
        clonal_dataset *data = NULL;
        const char *what = strtok(line, "\t\n"), *first = strtok(NULL, "\t\n"), *second = strtok(NULL, "\t\n");
        if (!what || !first) return 2;
        clonal_status status =
            strcmp(what, "open")
                ? clonal_dataset_open_files(first, second, &data)
                : clonal_dataset_open(first, second && !strcmp(second, "test") ? CLONAL_SPLIT_TEST : CLONAL_SPLIT_TRAIN,
                                      &data);
        if (status == CLONAL_OK) status = clonal_dataset_digest(data, digest);
        if (status == CLONAL_OK)
            puts(digest);
        else
            printf("%s %s\n", clonal_status_name(status), clonal_last_error()->message);
        clonal_dataset_destroy(data);
        fflush(stdout);
    }
    return 0;
}

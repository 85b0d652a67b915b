/* dataset_samples IMAGES [rotate DEGREES | noise DEVIATION SEED]...: the samples of an IDX or .npy file, changed in
 * turn, as binary32 on stdout, for transformed_data.py. A failure: the status's name and the message on stderr, and 1.
 */
#include <clonal/clonal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(clonal_status status)
{
    fprintf(stderr, "%s %s\n", clonal_status_name(status), clonal_last_error()->message);
    return 1;
}

static int print(const clonal_dataset *data)
{
    size_t rank;
    uint32_t shape[4];
    const size_t elements = clonal_dataset_shape(data, &rank, shape), count = clonal_dataset_count(data);
    float *values = malloc(count * elements * sizeof *values);
    if (!values) return 2;
    const clonal_status status = clonal_dataset_samples(data, 0, count, values);
    if (status == CLONAL_OK) fwrite(values, sizeof *values, count * elements, stdout);
    free(values);
    return status == CLONAL_OK ? 0 : fail(status);
}

int main(int argc, char **argv)
{
    clonal_dataset *data = NULL;
    clonal_status status = clonal_dataset_open_files(argc > 1 ? argv[1] : "", NULL, &data);
    for (int i = 2; i + 1 < argc && status == CLONAL_OK;) {
        clonal_dataset *changed = NULL;
        const double number = strtod(argv[i + 1], NULL);
        if (!strcmp(argv[i], "rotate"))
            status = clonal_dataset_rotate(data, number, &changed), i += 2;
        else
            status = clonal_dataset_add_noise(data, number, strtoull(argv[i + 2], NULL, 10), &changed), i += 3;
        clonal_dataset_destroy(data);
        data = changed;
    }
    const int code = status == CLONAL_OK ? print(data) : fail(status);
    clonal_dataset_destroy(data);
    return code;
}

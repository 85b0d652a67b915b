#include "per_sample.h"
#include "message.h"
#include "output.h"
#include "samples.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a machine whose numbers lie as these: NumPy's letters for the order of the bytes. */
static char byte_order(void)
{
    const uint16_t one = 1;
    return *(const unsigned char *)&one ? '<' : '>';
}

/* A record as it lies in the file, without gaps. */
static void put_record(unsigned char *to, double loss, uint32_t label, const float *outputs, uint32_t columns)
{
    const int64_t numbers[2] = {label == UINT32_MAX ? -1 : (int64_t)label, (int64_t)class_of_outputs(outputs, columns)};
    memcpy(to, &loss, sizeof loss);
    memcpy(to + sizeof loss, numbers, sizeof numbers);
    memcpy(to + sizeof loss + sizeof numbers, outputs, columns * sizeof *outputs);
}

static int write_records(const char *path, const clonal_dataset *data, uint32_t columns, const double *losses,
                         const float *outputs)
{
    const size_t n = clonal_dataset_count(data), size = sizeof(double) + 2 * sizeof(int64_t) + columns * sizeof(float);
    const char order = byte_order();
    unsigned char *records = malloc(n * size);
    char descr[160], shape[32];
    if (!records) return fail(CLONAL_E_MEMORY, "out of memory for %zu records", n);
    for (size_t i = 0; i < n; i++)
        put_record(records + i * size, losses[i], clonal_dataset_label(data, i), outputs + i * columns, columns);
    snprintf(descr, sizeof descr,
             "[('loss', '%cf8'), ('label', '%ci8'), ('class', '%ci8'), ('outputs', '%cf4', (%" PRIu32 ",))]", order,
             order, order, order, columns);
    snprintf(shape, sizeof shape, "(%zu,)", n);
    const int code = output_npy(path, descr, shape, records, n * size);
    free(records);
    return code;
}

int per_sample_write(const char *path, clonal_model *model, const clonal_dataset *data)
{
    const size_t n = clonal_dataset_count(data);
    const uint32_t columns = clonal_model_outputs(model);
    double *losses = malloc(n * sizeof *losses);
    float *outputs = malloc(n * columns * sizeof *outputs);
    int code = losses && outputs ? 0 : fail(CLONAL_E_MEMORY, "out of memory for the outputs of %zu samples", n);
    if (code == 0) {
        clonal_status status = clonal_model_losses(model, data, losses);
        if (status == CLONAL_OK) status = clonal_model_predict(model, data, 0, n, outputs);
        code = status == CLONAL_OK ? write_records(path, data, columns, losses, outputs) : fail_status(status);
    }
    free(losses);
    free(outputs);
    return code;
}

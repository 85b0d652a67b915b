#include "monte_carlo_report.h"
#include "output.h"
#include <stdio.h>

void monte_carlo_print(const clonal_monte_carlo *m)
{
    printf("loss %.6f  accuracy %.4f  calibration error %.4f\n", m->loss, m->accuracy, m->calibration_error);
    printf("entropy %.4f  mutual information %.4f nats\n", m->entropy, m->information);
    printf("accuracy of the most certain\n");
    for (int k = 0; k < CLONAL_KEPT_SHARES; k++) printf("  %3d%%  %.4f\n", 100 - 10 * k, m->kept[k]);
    printf("confidence   samples  mean    accuracy\n");
    for (int b = 0; b < CLONAL_CALIBRATION_BINS; b++) {
        const clonal_calibration_bin *bin = &m->bins[b];
        if (!bin->count) continue;
        printf("%.3f-%.3f %9zu  %.4f  %.4f\n", (double)b / CLONAL_CALIBRATION_BINS,
               (double)(b + 1) / CLONAL_CALIBRATION_BINS, bin->count, bin->confidence, bin->accuracy);
    }
}

void monte_carlo_json(const clonal_monte_carlo *m, json_t *object)
{
    json_t *kept = json_array(), *bins = json_array();
    for (int k = 0; k < CLONAL_KEPT_SHARES; k++)
        json_array_append_new(kept, json_pack("{s:f, s:f}", "share", 1 - 0.1 * k, "accuracy", m->kept[k]));
    for (int b = 0; b < CLONAL_CALIBRATION_BINS; b++)
        json_array_append_new(bins, json_pack("{s:I, s:o, s:f}", "samples", (json_int_t)m->bins[b].count, "confidence",
                                              json_finite(m->bins[b].confidence), "accuracy", m->bins[b].accuracy));
    json_object_set_new(object, "calibration_error", json_finite(m->calibration_error));
    json_object_set_new(object, "entropy", json_finite(m->entropy));
    json_object_set_new(object, "mutual_information", json_finite(m->information));
    json_object_set_new(object, "kept", kept);
    json_object_set_new(object, "bins", bins);
}

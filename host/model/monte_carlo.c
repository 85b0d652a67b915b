/* monte_carlo.c: see clonal/monte_carlo.h. Sums are binary64, in a stated order, and the logarithm is the contract's,
 * so that the figures are the same everywhere. */
#include "host/model/model.h"
#include <clonal/monte_carlo.h>

#include "host/base/float_environment.h"
#include "host/base/normal.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* p log p, 0 at 0. */
static double weighted_log(double p)
{
    return p > 0 ? p * clonal__log64(p) : 0;
}

/* Sums over the passes, by element and by sample. */
typedef struct sums {
    size_t count;
    uint32_t columns, passes;
    float *one;                    /* (count,C): a pass's probabilities */
    double *probability, *entropy; /* (count,C) and (count) */
} sums;

static void sums_free(sums *s)
{
    clonal__free(s->one);
    clonal__free(s->probability);
    clonal__free(s->entropy);
}

static void add_pass(sums *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const float *p = s->one + i * s->columns;
        double entropy = 0;
        for (uint32_t c = 0; c < s->columns; c++) {
            s->probability[i * s->columns + c] += p[c];
            entropy -= weighted_log(p[c]);
        }
        s->entropy[i] += entropy;
    }
}

/* Of sample i, once all passes are in. */
static clonal_uncertainty uncertainty_of(const sums *s, size_t i)
{
    clonal_uncertainty u = {0};
    for (uint32_t c = 0; c < s->columns; c++) u.entropy -= weighted_log(s->probability[i * s->columns + c] / s->passes);
    const double information = u.entropy - s->entropy[i] / s->passes;
    u.information = information > 0 ? information : 0;
    return u;
}

static clonal_status check(const clonal_model *model, uint32_t passes)
{
    if (passes == 0) return clonal__fail(CLONAL_E_ARGUMENT, "0 passes tell nothing: give 1 or more");
    if (clonal__graph_loss(model->graph)->operation->loss->predict) return CLONAL_OK;
    return clonal__fail(CLONAL_E_ARGUMENT,
                        "the network's outputs are no probabilities: its loss is %s, no cross-entropy",
                        clonal__graph_loss(model->graph)->operation->loss->words);
}

/* Runs all passes. Free with sums_free, also after a failure. */
static clonal_status run(clonal_model *model, const clonal_dataset *data, size_t first, size_t count, uint64_t seed,
                         uint32_t passes, sums *s)
{
    *s = (sums){.count = count, .columns = clonal_model_outputs(model), .passes = passes};
    CLONAL__TRY(check(model, passes));
    CLONAL__TRY(clonal__calloc(count, s->columns * sizeof *s->one, &s->one));
    CLONAL__TRY(clonal__calloc(count, s->columns * sizeof *s->probability, &s->probability));
    CLONAL__TRY(clonal__calloc(count, sizeof *s->entropy, &s->entropy));
    for (uint32_t pass = 0; pass < passes; pass++) {
        CLONAL__TRY(clonal_model_predict_pass(model, data, first, count, seed, pass, s->one));
        add_pass(s);
    }
    return CLONAL_OK;
}

clonal_status clonal_model_predict_monte_carlo(clonal_model *model, const clonal_dataset *data, size_t first,
                                               size_t count, uint64_t seed, uint32_t passes, float *mean,
                                               clonal_uncertainty *uncertainty)
{
    CLONAL__FLOATS;
    sums s;
    CLONAL__NEEDS(model && data && mean);
    const clonal_status status = run(model, data, first, count, seed, passes, &s);
    if (status == CLONAL_OK) {
        for (size_t i = 0; i < count * s.columns; i++) mean[i] = (float)(s.probability[i] / passes);
        for (size_t i = 0; uncertainty && i < count; i++) uncertainty[i] = uncertainty_of(&s, i);
    }
    sums_free(&s);
    return status;
}

/* ---- over labelled data ---- */

/* One sample, for the order of certainty. */
typedef struct judged {
    double entropy;
    size_t index;
    bool right;
} judged;

static int most_certain_first(const void *a, const void *b)
{
    judged x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    if (x.entropy != y.entropy) return x.entropy < y.entropy ? -1 : 1;
    return (x.index > y.index) - (x.index < y.index);
}

/* The first index of the largest mean, as the contract's class of a row. */
static uint32_t class_of(const double *sum, uint32_t columns)
{
    uint32_t best = 0;
    for (uint32_t c = 1; c < columns; c++) best = sum[c] > sum[best] ? c : best;
    return best;
}

/* Adds sample i to the sums in the result. */
static void add_sample(const sums *s, size_t i, uint32_t label, clonal_monte_carlo *to, judged *sample)
{
    const double *sum = s->probability + i * s->columns;
    const uint32_t class = class_of(sum, s->columns);
    const double confidence = sum[class] / s->passes, p = sum[label] / s->passes;
    const clonal_uncertainty u = uncertainty_of(s, i);
    const int last = CLONAL_CALIBRATION_BINS - 1;
    const int place = confidence >= 0 ? (int)(confidence * CLONAL_CALIBRATION_BINS) : 0; /* it may be NaN */
    clonal_calibration_bin *bin = &to->bins[place > last ? last : place];
    *sample = (judged){.entropy = u.entropy, .index = i, .right = class == label};
    to->loss += p > 0 ? -clonal__log64(p) : p == 0 ? (double)INFINITY : (double)NAN;
    to->accuracy += sample->right;
    to->entropy += u.entropy;
    to->information += u.information;
    bin->count++;
    bin->confidence += confidence;
    bin->accuracy += sample->right;
}

/* The sums become means. */
static void finish(size_t count, judged *samples, clonal_monte_carlo *m)
{
    const double n = (double)count;
    m->loss /= n, m->accuracy /= n, m->entropy /= n, m->information /= n;
    for (int b = 0; b < CLONAL_CALIBRATION_BINS; b++) {
        clonal_calibration_bin *bin = &m->bins[b];
        if (!bin->count) continue;
        bin->confidence /= (double)bin->count;
        bin->accuracy /= (double)bin->count;
        m->calibration_error += (double)bin->count / n * fabs(bin->accuracy - bin->confidence);
    }
    qsort(samples, count, sizeof *samples, most_certain_first);
    for (size_t k = 0, right = 0, at = 0; k < CLONAL_KEPT_SHARES; k++) {
        const size_t kept = (count * (k + 1) + CLONAL_KEPT_SHARES - 1) / CLONAL_KEPT_SHARES;
        for (; at < kept; at++) right += samples[at].right;
        m->kept[CLONAL_KEPT_SHARES - 1 - k] = (double)right / (double)kept;
    }
}

clonal_status clonal_model_evaluate_monte_carlo(clonal_model *model, const clonal_dataset *data, uint64_t seed,
                                                uint32_t passes, clonal_monte_carlo *result)
{
    CLONAL__FLOATS;
    sums s = {0};
    judged *samples = NULL;
    clonal__device_copy *copy;
    if (result) memset(result, 0, sizeof *result);
    CLONAL__NEEDS(model && data && result);
    CLONAL__TRY(check(model, passes));
    CLONAL__TRY(clonal__model_data(model, data, true, &copy)); /* the labels are there, and fit */
    clonal_status status;
    CLONAL__TRY_GOTO(run(model, data, 0, data->count, seed, passes, &s), done);
    CLONAL__TRY_GOTO(clonal__calloc(data->count, sizeof *samples, &samples), done);
    for (size_t i = 0; i < data->count; i++) add_sample(&s, i, data->labels[i], result, &samples[i]);
    finish(data->count, samples, result);
done:
    clonal__free(samples);
    sums_free(&s);
    return status;
}

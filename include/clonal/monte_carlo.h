/* monte_carlo.h: dropout at test time: stochastic forward passes, and what many of them tell of a
 * model's uncertainty (Gal and Ghahramani, "Dropout as a Bayesian Approximation", ICML 2016).
 *
 * In pass number `pass`, from 0, by `seed`, sample i of the data's N has the masks and the noise
 * that row i mod 256 would have in training step pass * ceil(N/256) + floor(i/256) (cl/CONTRACT.md,
 * section 6), by the nodes' own p, whatever the dropout schedule. So a pass, or a part of it, can
 * be made again at will, and is the same on every device. A model is used by one thread at a time;
 * all wait for the device. */
#ifndef CLONAL_MONTE_CARLO_H
#define CLONAL_MONTE_CARLO_H

#include <clonal/model.h>

CLONAL_BEGIN

/* clonal_model_predict with dropout on. outputs (count,C). */
CLONAL_API clonal_status clonal_model_predict_pass(clonal_model *model, const clonal_dataset *data,
                                                   size_t first, size_t count, uint64_t seed,
                                                   uint32_t pass, float *outputs);
/* clonal_model_evaluate with dropout on. accuracy may be NULL. */
CLONAL_API clonal_status clonal_model_evaluate_pass(clonal_model *model, const clonal_dataset *data,
                                                    uint64_t seed, uint32_t pass, double *loss,
                                                    double *accuracy);

/* Of one sample, in nats. */
typedef struct clonal_uncertainty {
    double entropy; /* of the mean of the passes' probabilities: predictive entropy */
    /* Mutual information of prediction and masks: entropy less the mean of the passes' entropies,
     * 0 at least. How far the passes disagree. */
    double information;
} clonal_uncertainty;

/* The mean of so many passes' probabilities for samples first .. first+count-1: mean (count,C), the
 * binary64 sums in the order of the passes, divided and rounded; and uncertainty (count), which may
 * be NULL. Errors: CLONAL_E_ARGUMENT (0 passes; no such samples; the graph's loss is no
 * cross-entropy, so that its outputs are no probabilities), CLONAL_E_SHAPE. */
CLONAL_API clonal_status clonal_model_predict_monte_carlo(clonal_model *model,
                                                          const clonal_dataset *data, size_t first,
                                                          size_t count, uint64_t seed,
                                                          uint32_t passes, float *mean,
                                                          clonal_uncertainty *uncertainty);

enum { CLONAL_CALIBRATION_BINS = 15, CLONAL_KEPT_SHARES = 10 };

/* Samples whose largest probability lies in one of 15 equal parts of 0 to 1: how many, the mean of
 * that probability, and the share of right classes; both 0 where there is none. */
typedef struct clonal_calibration_bin {
    size_t count;
    double confidence, accuracy;
} clonal_calibration_bin;

typedef struct clonal_monte_carlo {
    double loss, accuracy;       /* of the mean probabilities: the mean of -log p(label) */
    double entropy, information; /* means over the samples */
    /* Expected calibration error (Guo et al., ICML 2017): the bins' |accuracy - confidence|,
     * weighted by their counts. bins[b]: b/15 to (b+1)/15. */
    double calibration_error;
    clonal_calibration_bin bins[CLONAL_CALIBRATION_BINS];
    /* kept[k]: accuracy over the tenths 10-k of the samples with the lowest entropy */
    double kept[CLONAL_KEPT_SHARES];
} clonal_monte_carlo;

/* The same over all of the data, which have labels. Errors as above. */
CLONAL_API clonal_status clonal_model_evaluate_monte_carlo(clonal_model *model,
                                                           const clonal_dataset *data,
                                                           uint64_t seed, uint32_t passes,
                                                           clonal_monte_carlo *result);

CLONAL_END

#endif

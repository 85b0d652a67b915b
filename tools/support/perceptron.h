/* perceptron.h: the options that describe a perceptron, for the verbs that take them: --hidden,
 * --dropout, --dropout-kind, --activation, --loss, --input-noise. */
#ifndef TOOLS_SUPPORT_PERCEPTRON_H
#define TOOLS_SUPPORT_PERCEPTRON_H

#include "options.h"
#include <clonal/run.h>

typedef struct perceptron_request {
    const char *hidden, *dropout, *activation, *input_noise; /* as given, or NULL */
    int loss, dropout_kind;
    uint32_t *widths; /* what perceptron_take made of them: perceptron_free */
    double *rates;
} perceptron_request;

/* Rows of an option table, into a perceptron_request. */
#define PERCEPTRON_OPTIONS(to_)                                                                    \
    VALUE_OPTION(OPTION_TEXT, "hidden", 0, &(to_)->hidden, "N,...",                                \
                 "widths of the hidden layers, or none (256,256)"),                                \
        VALUE_OPTION(OPTION_TEXT, "dropout", 0, &(to_)->dropout, "P,...",                          \
                     "dropout after each, or one for all (0.5,0.5)"),                              \
        VALUE_OPTION(OPTION_CHOICE, "dropout-kind", 0, &(to_)->dropout_kind,                       \
                     "dropout|gaussian|alpha|spatial|connect", "(dropout)"),                       \
        VALUE_OPTION(OPTION_TEXT, "activation", 0, &(to_)->activation, "NAME",                     \
                     "relu, sigmoid, tanh, gelu, silu or selu (relu)"),                            \
        VALUE_OPTION(OPTION_CHOICE, "loss", 0, &(to_)->loss, "cross-entropy|mse",                  \
                     "(cross-entropy)"),                                                           \
        VALUE_OPTION(OPTION_TEXT, "input-noise", 0, &(to_)->input_noise, "gaussian:S|uniform:W",   \
                     "added in training (none)")

/* Before parsing: what is not given stays as in `perceptron`. */
void perceptron_begin(perceptron_request *request, const clonal_perceptron *perceptron);
/* Whether any of the options was given, with another value than `perceptron` has. */
bool perceptron_given(const perceptron_request *request, const clonal_perceptron *perceptron);
/* Takes what was given over what `perceptron` holds, which then borrows from the command line and
 * from the request; what was taken before is freed. 0, or the
 * exit code of an error, which is printed. */
int perceptron_take(perceptron_request *request, clonal_perceptron *perceptron);
/* Takes --hidden alone: of a text that is no list, or has a width of 0, EXIT_USAGE. */
int perceptron_take_hidden(perceptron_request *request, const char *text,
                           clonal_perceptron *perceptron);
/* Frees what was taken. */
void perceptron_free(perceptron_request *request);

#endif

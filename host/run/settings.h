/* settings.h: a run's settings as JSON: in run.json, and as the text by which a checkpoint knows
 * its run. */
#ifndef CLONAL_RUN_SETTINGS_H
#define CLONAL_RUN_SETTINGS_H

#include <clonal/run.h>
#include <jansson.h>

/* All settings but out and resume; NULL when out of memory. The caller owns the reference. */
json_t *clonal__settings_json(const clonal_run_settings *settings);
/* What settings that were read own. */
struct clonal__settings_memory {
    uint32_t *hidden;
    double *dropout;
    char *graph; /* NULL: none */
    char *data;  /* likewise */
};
/* Fills settings from such an object; data (4096 bytes) receives the data folder. Free with
 * clonal_run_settings_free. CLONAL_E_FORMAT names the key that is wrong; settings are then zero.
 */
clonal_status clonal__settings_from_json(const json_t *object, clonal_run_settings *settings,
                                         char data[4096]);
/* The settings that decide the bits, epochs apart, as one line of JSON; free with clonal__free. */
clonal_status clonal__settings_text(const clonal_run_settings *settings, char **text);
/* Whether two runs' settings would give other bits, and the first that would. CLONAL_E_MEMORY. */
typedef struct clonal__settings_difference {
    char key[32], given[200], recorded[200];
} clonal__settings_difference;
clonal_status clonal__settings_differ(const clonal_run_settings *given,
                                      const clonal_run_settings *recorded, bool *differ,
                                      clonal__settings_difference *difference);
/* CLONAL_E_ARGUMENT when two runs' settings would give other bits; the message names the first
 * setting that differs. */
clonal_status clonal__settings_compare(const clonal_run_settings *given,
                                       const clonal_run_settings *recorded);
clonal_status clonal__settings_check(const clonal_run_settings *settings);

/* settings_named.c: the setting of that name; NULL: there is none. */
const clonal_setting_info *clonal__setting_info(const char *name);
/* A seed as users write it: a whole number below 2^64, or from -2^63 on, which is its two's
 * complement. */
bool clonal__seed_read(const char *text, uint64_t *seed);

/* By clonal_loss, clonal_gemm, clonal_dropout_kind and clonal_input_noise ("none" is never
 * written), as run.json and the command call them. */
enum { CLONAL__DROPOUT_KINDS = CLONAL_DROPOUT_CONNECT + 1 };
extern const char *const clonal__loss_names[2],
    *const clonal__gemm_names[3], *const clonal__dropout_kind_names[CLONAL__DROPOUT_KINDS],
                                      *const clonal__input_noise_names[3];

#endif

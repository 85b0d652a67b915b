/* tables.c: results.csv and summary.csv, as RFC 4180 has tables; numbers as metrics.csv has them. */
#include "host/sweep/sweep.h"

#include "host/base/file.h"
#include "host/base/memory.h"
#include "host/base/number.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { DIGITS = 9 };

/* In quotes where it has to be. */
static void append_text(clonal__string *table, const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        clonal__string_append(table, "%s", text);
        return;
    }
    clonal__string_append(table, "\"");
    for (; *text; text++) clonal__string_append(table, "%s%c", *text == '"' ? "\"" : "", *text);
    clonal__string_append(table, "\"");
}

static void append_number(clonal__string *table, double number)
{
    char room[CLONAL__NUMBER_ROOM];
    clonal__string_append(table, ",%s", isnan(number) ? "nan" : clonal__number_text(number, DIGITS, room));
}

static void append_axis_names(clonal__string *table, const clonal_sweep *sweep)
{
    for (size_t i = 0; i < sweep->axis_count; i++) {
        clonal__string_append(table, ",");
        append_text(table, sweep->axes[i].name);
    }
}

/* Label, digest; then `between`, and its values on the axes, empty where it is not of the grid. */
static void append_setting(clonal__string *table, const clonal_sweep *sweep, const clonal_sweep_setting *setting,
                           const char *between)
{
    append_text(table, setting->label);
    clonal__string_append(table, ",%s%s", setting->digest, between);
    for (size_t i = 0; i < sweep->axis_count; i++) {
        clonal__string_append(table, ",");
        if (setting->at) append_text(table, sweep->axes[i].values[setting->at[i]]);
    }
}

static void append_run(clonal__string *table, const clonal_sweep *sweep, const clonal_sweep_run *run)
{
    clonal__string seed = {0};
    const clonal_epoch_metrics *last = &run->metrics[run->epochs - 1];
    clonal__string_append(&seed, ",%" PRIu64, run->seed);
    append_setting(table, sweep, &sweep->settings[run->setting], seed.text ? seed.text : "");
    if (seed.status != CLONAL_OK) table->status = seed.status;
    clonal__string_free(&seed);
    clonal__string_append(table, ",%zu", run->epochs);
    append_number(table, last->train_loss);
    append_number(table, last->val_loss);
    append_number(table, last->val_accuracy);
    clonal__string_append(table, ",%" PRIu32 ",%s\n", run->best_epoch, run->digest);
}

static void append_estimate(clonal__string *table, const clonal_estimate *e)
{
    const bool none = e->count == 0;
    append_number(table, none ? NAN : e->mean);
    append_number(table, none ? NAN : e->deviation);
    append_number(table, none ? NAN : e->low);
    append_number(table, none ? NAN : e->high);
}

static clonal_status write_table(const clonal_sweep *sweep, const char *name, clonal__string *table)
{
    char path[CLONAL__SWEEP_PATH_ROOM];
    clonal_status status = table->status;
    if (status == CLONAL_OK) status = clonal__path_join(sweep->folder, name, path, sizeof path);
    if (status == CLONAL_OK) status = clonal__file_write(path, table->text, table->length);
    clonal__string_free(table);
    return status;
}

static clonal_status write_results(const clonal_sweep *sweep)
{
    clonal__string table = {0};
    clonal__string_append(&table, "label,digest,seed");
    append_axis_names(&table, sweep);
    clonal__string_append(&table, ",epochs,train_loss,val_loss,val_accuracy,best_epoch,weights\n");
    for (size_t i = 0; i < sweep->setting_count * sweep->seed_count; i++)
        if (sweep->runs[i].finished) append_run(&table, sweep, &sweep->runs[i]);
    return write_table(sweep, "results.csv", &table);
}

static clonal_status write_summary(const clonal_sweep *sweep)
{
    static const char *const figures[] = {"val_accuracy", "val_loss", "train_loss"};
    clonal__string table = {0};
    clonal__string_append(&table, "label,digest");
    append_axis_names(&table, sweep);
    clonal__string_append(&table, ",runs");
    for (size_t i = 0; i < 3; i++)
        clonal__string_append(&table, ",%s_mean,%s_deviation,%s_low,%s_high", figures[i], figures[i], figures[i],
                              figures[i]);
    clonal__string_append(&table, "\n");
    for (size_t i = 0; i < sweep->setting_count; i++) {
        const clonal_sweep_setting *s = &sweep->settings[i];
        append_setting(&table, sweep, s, "");
        clonal__string_append(&table, ",%zu", s->val_accuracy.count);
        append_estimate(&table, &s->val_accuracy);
        append_estimate(&table, &s->val_loss);
        append_estimate(&table, &s->train_loss);
        clonal__string_append(&table, "\n");
    }
    return write_table(sweep, "summary.csv", &table);
}

clonal_status clonal__sweep_write_tables(const clonal_sweep *sweep)
{
    CLONAL__TRY(write_results(sweep));
    return write_summary(sweep);
}

/* golden.c: see golden.h. */
#include "host/evidence/golden.h"

#include "host/base/number.h"
#include "host/ir/operation.h"
#include "host/model/initial.h"
#include "host/optim/optimizer.h"
#include "host/runtime/kernel_sources.h"
#include <clonal/random.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

clonal_status clonal__golden_text(const char *name, const char **text)
{
    *text = NULL;
    for (size_t i = 0; i < clonal__text_count && !*text; i++)
        if (strcmp(clonal__texts[i].name, name) == 0) *text = clonal__texts[i].text;
    return *text ? CLONAL_OK : clonal__fail(CLONAL_E_INTERNAL, "the golden digests %s are not in this library", name);
}

bool clonal__golden_next(const char **at, char line[CLONAL__GOLDEN_LINE])
{
    while (**at) {
        size_t length = strcspn(*at, "\n");
        const char *start = *at;
        *at += length + (start[length] == '\n');
        if (length == 0 || start[0] == '#' || length >= CLONAL__GOLDEN_LINE) continue;
        memcpy(line, start, length);
        line[length] = '\0';
        return true;
    }
    return false;
}

static bool is_keyword(const char *line)
{
    static const char *const words[] = {"functions ",    "arithmetic ", "erf small ", "erf large ", "fused ",
                                        "fused_update ", "case ",       "step ",      "result"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(line, words[i], strlen(words[i])) == 0) return true;
    return false;
}

clonal_status clonal__golden_entries(const char **at, clonal__golden_block *block)
{
    char line[CLONAL__GOLDEN_LINE];
    clonal__golden_entry entry;
    *block = (clonal__golden_block){0};
    for (const char *before = *at; clonal__golden_next(at, line); before = *at) {
        if (is_keyword(line)) {
            *at = before;
            break;
        }
        clonal_status status = sscanf(line, "%47s %16s", entry.name, entry.digest) == 2
                                   ? clonal__grow(&block->entries, block->count + 1, sizeof entry)
                                   : clonal__fail(CLONAL_E_INTERNAL, "the golden digests have the line '%s'", line);
        if (status != CLONAL_OK) {
            clonal__free(block->entries);
            *block = (clonal__golden_block){0};
            return status;
        }
        block->entries[block->count++] = entry;
    }
    return CLONAL_OK;
}

const char *clonal__golden_digest(const clonal__golden_block *block, const char *name)
{
    for (size_t i = 0; i < block->count; i++)
        if (strcmp(block->entries[i].name, name) == 0) return block->entries[i].digest;
    return NULL;
}

/* Takes a pair `key value` of a case's line; false: there is no such key. */
static bool take_pair(const char *key, const char *value, clonal__golden_case *c)
{
    clonal_optimizer *optimizer = &c->options.optimizer;
    clonal_schedule *schedule = &c->options.schedule;
    if (strcmp(key, "step") == 0) return sscanf(value, "%" SCNu64, &c->first_step) == 1;
    if (strcmp(key, "optimizer") == 0) {
        const clonal__optimizer *found = clonal__optimizer_named(value);
        optimizer->name = found ? found->name : "";
        return found;
    }
    if (strcmp(key, "schedule") == 0) {
        const clonal__schedule *found = clonal__schedule_named(value);
        schedule->name = found ? found->name : "";
        return found;
    }
    if (strcmp(key, "dropout_schedule") == 0) {
        const clonal__dropout_schedule *found = clonal__dropout_schedule_named(value);
        c->options.dropout_schedule.name = found ? found->name : "";
        return found;
    }
    if (strcmp(key, "initial") == 0) {
        const clonal__initial_rule *rule = clonal__initial_named(value);
        if (rule) c->options.initial = clonal__initial_name(rule);
        return rule;
    }
    double number;
    if (!clonal__number_read(value, &number)) return false;
    return clonal__optimizer_set(optimizer, key, number) || clonal__schedule_set(schedule, key, number) ||
           clonal__number_set_named(&clonal__dropout_steps_number, 1, key, &c->options.dropout_schedule, number);
}

clonal_status clonal__golden_options(const char *pairs, clonal__golden_case *c)
{
    char key[32], value[48];
    int used;
    c->options = clonal_model_options_default();
    for (; sscanf(pairs, " %31s %47s%n", key, value, &used) == 2; pairs += used)
        if (!take_pair(key, value, c))
            return clonal__fail(CLONAL_E_INTERNAL, "the golden digests have the setting '%s %s'", key, value);
    CLONAL__TRY(clonal__optimizer_check(&c->options.optimizer));
    CLONAL__TRY(clonal__schedule_check(&c->options.schedule));
    return clonal__dropout_schedule_check(&c->options.dropout_schedule);
}

clonal_status clonal__golden_case_read(const char *line, const char **at, clonal__golden_case *c)
{
    char size[8], next[CLONAL__GOLDEN_LINE];
    clonal__string text = {0};
    uint64_t seed;
    uint32_t batch;
    int used = 0;
    *c = (clonal__golden_case){0};
    if (sscanf(line, "case %31s %7s seed %" SCNu64 " samples %" SCNu32 " batch %" SCNu32 " epochs %" SCNu32 "%n",
               c->name, size, &seed, &c->samples, &batch, &c->epochs, &used) < 6)
        return clonal__fail(CLONAL_E_INTERNAL, "the golden digests have the line '%s'", line);
    c->small = strcmp(size, "small") == 0;
    CLONAL__TRY(clonal__golden_options(line + used, c));
    c->options.seed = seed;
    c->options.batch = batch;
    while (clonal__golden_next(at, next) && strcmp(next, "end") != 0) clonal__string_append(&text, "%s\n", next);
    clonal_status status = text.status;
    if (status == CLONAL_OK) status = clonal_graph_parse(text.text ? text.text : "", &c->graph);
    clonal__string_free(&text);
    return status;
}

/* The words of row `row`'s columns, on the host: what is compared must not make its own data. */
static void row_of_words(const clonal__golden_case *c, uint32_t step, uint32_t row, uint32_t columns, uint32_t *words)
{
    const uint32_t counter[4] = {0, row, CLONAL_STREAM(CLONAL_STREAM_NOISE, 0), step};
    clonal_philox_host(c->options.seed, counter, (columns + 3) / 4, words);
}

clonal_status clonal__golden_data(const clonal__golden_case *c, clonal_dataset **data)
{
    const clonal__node *input = clonal__graph_input(c->graph);
    uint32_t columns = input->columns, classes = clonal__graph_loss(c->graph)->columns;
    uint8_t *pixels = NULL;
    uint32_t *labels = NULL, *words = NULL;
    clonal_status status;
    *data = NULL;
    CLONAL__TRY_GOTO(clonal__calloc(c->samples, columns, &pixels), done);
    CLONAL__TRY_GOTO(clonal__calloc(c->samples, sizeof *labels, &labels), done);
    CLONAL__TRY_GOTO(clonal__calloc(columns + 4, sizeof *words, &words), done);
    for (uint32_t i = 0; i < c->samples; i++) {
        row_of_words(c, 0, i, columns, words);
        for (uint32_t j = 0; j < columns; j++) pixels[(size_t)i * columns + j] = (uint8_t)words[j];
        row_of_words(c, 1, i, 1, words);
        labels[i] = words[0] % classes;
    }
    status = clonal_dataset_create_u8(c->samples, input->rank, input->shape, pixels, labels, data);
done:
    clonal__free(pixels);
    clonal__free(labels);
    clonal__free(words);
    return status;
}

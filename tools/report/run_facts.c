#include "run_facts.h"
#include "support/parse.h"
#include <string.h>

int run_facts_read(const char *folder, json_t **facts)
{
    char path[4200];
    json_error_t error;
    snprintf(path, sizeof path, "%s/run.json", folder);
    *facts = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!*facts && json_error_code(&error) == json_error_cannot_open_file)
        return fail(CLONAL_E_IO, "%s: cannot be read; give the folder of a run, a sweep or an experiment", path);
    const char *format = json_string_value(json_object_get(*facts, "format"));
    if (format && strcmp(format, "clonal-run") == 0) return 0;
    json_decref(*facts);
    *facts = NULL;
    return fail(CLONAL_E_FORMAT, "%s: not a run's: %s", path, format ? "its format is another" : error.text);
}

const char *run_fact(const json_t *facts, const char *object, const char *name)
{
    const char *words = json_string_value(json_object_get(json_object_get(facts, object), name));
    return words ? words : "";
}

/* Numbers with the fewest digits that read back as the same: run.json itself has 17 of each real. */
static void append_value(text *to, const json_t *value)
{
    char room[REAL_TEXT];
    if (json_is_real(value)) {
        text_put(to, "%s", real_text(json_real_value(value), room));
    } else if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            text_put(to, i ? "," : "[");
            append_value(to, json_array_get(value, i));
        }
        text_put(to, json_array_size(value) ? "]" : "[]");
    } else {
        char *words = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        text_put(to, "%s", words ? words : "");
        free(words);
    }
}

static void put_value(page *p, const json_t *value)
{
    text words = {0};
    if (json_is_string(value)) {
        page_cell(p, "%s", json_string_value(value));
        return;
    }
    append_value(&words, value);
    page_cell(p, "%s", text_words(&words));
    text_free(&words);
}

static void put_object(page *p, const char *caption, const json_t *object, const char *without)
{
    static const char *const names[] = {"name", "value"};
    const char *key;
    json_t *value;
    if (!json_is_object(object)) return;
    page_table(p, caption, 2, names);
    json_object_foreach((json_t *)object, key, value)
    {
        if (without && strcmp(key, without) == 0) continue;
        page_cell(p, "%s", key);
        put_value(p, value);
    }
    page_table_end(p);
}

void page_device(page *p, const json_t *facts)
{
    put_object(p, "Device", json_object_get(facts, "device"), NULL);
    put_object(p, "Environment", json_object_get(facts, "environment"), NULL);
}

void page_run_settings(page *p, const json_t *facts, const char *without)
{
    put_object(p, "Settings", json_object_get(facts, "settings"), without);
}

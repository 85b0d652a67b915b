/* options.c: the value of an option, read as each kind of number and list; and a pair `name value`, as a setting of an
 * optimizer or one of the schedules. */
#include "tests/fuzz/fuzz.h"

#include "host/base/number.h"
#include "host/optim/optimizer.h"
#include "tools/support/parse.c" /* NOLINT: of the command, which is no library */

static void check_numbers(const char *text)
{
    char room[REAL_TEXT];
    uint64_t whole = 0, again;
    uint32_t narrow;
    if (parse_u64(text, &whole)) {
        snprintf(room, sizeof room, "%llu", (unsigned long long)whole);
        FUZZ_CHECK(parse_u64(room, &again) && again == whole);
    }
    if (parse_u32(text, &narrow)) FUZZ_CHECK(narrow == whole);
}

static void check_reals(const char *text)
{
    char room[REAL_TEXT];
    double real, again;
    float single, single_again;
    if (parse_real(text, &real)) {
        FUZZ_CHECK(isfinite(real) && !signbit(real));
        /* The library reads the same number, and what is printed is read as it. */
        FUZZ_CHECK(clonal__number_read(text, &again) && again == real);
        FUZZ_CHECK(parse_real(real_text(real, room), &again) && again == real);
    }
    if (parse_real32(text, &single)) {
        FUZZ_CHECK(isfinite(single) && !signbit(single) && (float)real == single);
        FUZZ_CHECK(parse_real32(real32_text(single, room), &single_again) && single_again == single);
    }
}

static void check_lists(const char *text)
{
    uint32_t widths[5];
    double rates[5];
    size_t count;
    for (size_t room = 0; room <= 5; room++) {
        if (parse_u32_list(text, room, widths, &count)) FUZZ_CHECK(count <= room);
        if (parse_real_list(text, room, rates, &count)) FUZZ_CHECK(count <= room);
        for (size_t i = 0; i < count && i < room; i++) FUZZ_CHECK(isfinite(rates[i]));
    }
}

static void check_setting(char *text)
{
    clonal_optimizer optimizer = clonal_optimizer_default();
    clonal_schedule schedule = clonal_schedule_default();
    clonal_dropout_schedule dropout = {.steps = 1};
    char *value = strchr(text, ' ');
    double number;
    if (!value) return;
    *value++ = 0;
    if (strcmp(text, "optimizer") == 0) optimizer.name = value;
    if (strcmp(text, "schedule") == 0) schedule.name = value;
    if (strcmp(text, "dropout_schedule") == 0) dropout.name = value;
    if (clonal__number_read(value, &number)) {
        (void)clonal__optimizer_set(&optimizer, text, number);
        (void)clonal__schedule_set(&schedule, text, number);
        (void)clonal__number_set_named(&clonal__dropout_steps_number, 1, text, &dropout, number);
    }
    clonal_status status = clonal__optimizer_check(&optimizer);
    if (status != CLONAL_OK) fuzz_failed(status, CLONAL_E_ARGUMENT);
    if (status == CLONAL_OK) FUZZ_CHECK(isfinite(optimizer.learning_rate) && optimizer.momentum < 1);
    status = clonal__schedule_check(&schedule);
    if (status != CLONAL_OK) fuzz_failed(status, CLONAL_E_ARGUMENT);
    if (status == CLONAL_OK) FUZZ_CHECK(isfinite(clonal__schedule_factor(&schedule, 3)));
    status = clonal__dropout_schedule_check(&dropout);
    if (status != CLONAL_OK) fuzz_failed(status, CLONAL_E_ARGUMENT);
    if (status == CLONAL_OK) FUZZ_CHECK(clonal__dropout_probability(&dropout, 0.5, 3) <= 0.5);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    check_numbers(text);
    check_reals(text);
    check_lists(text);
    check_setting(text);
    free(text);
    return 0;
}

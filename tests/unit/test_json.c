/* JSON objects are whole or not there; what is UTF-8. */
#include "host/base/json.h"

#include "host/base/memory.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The Unicode Standard, table 3-7: the first and last well-formed sequences of each row, and what is beside them. */
static void utf8(void **state)
{
    static const char *const good[] = {"",
                                       "run/d",
                                       "\x7f",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xe0\xbf\xbf",
                                       "\xec\xbf\xbf",
                                       "\xed\x80\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf3\xbf\xbf\xbf",
                                       "\xf4\x8f\xbf\xbf",
                                       "Gr\xc3\xb6\xc3\x9f"
                                       "e"};
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2"
                                      "a",
                                      "\xe0\x9f\xbf",
                                      "\xe0\xa0",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "Gr\xf6\xdf"
                                      "e"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!clonal__is_utf8(good[i])) fail_msg("good %zu", i);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (clonal__is_utf8(bad[i])) fail_msg("bad %zu", i);
}

static void texts(void **state)
{
    json_t *text = clonal__json_text("Gr\xc3\xb6\xc3\x9f"
                                     "e"),
           *none = clonal__json_text("Gr\xf6\xdf"
                                     "e");
    (void)state;
    assert_string_equal(json_string_value(text), "Gr\xc3\xb6\xc3\x9f"
                                                 "e");
    assert_true(json_is_null(none));
    json_decref(text);
    json_decref(none);
}

/* A member that is NULL, which is what jansson gives where there is no memory, and all behind it. */
static void what_fails_stays_failed(void **state)
{
    json_t *object = json_object(), *array = json_array(), *kept = json_string("kept");
    char *text;
    (void)state;
    clonal__json_set(&object, "a", json_integer(1));
    assert_non_null(object);
    clonal__json_set(&object, "b", NULL);
    assert_null(object);
    clonal__json_set(&object, "c", json_incref(kept));
    assert_null(object);
    clonal__json_append(&array, json_true());
    assert_non_null(array);
    clonal__json_append(&array, NULL);
    assert_null(array);
    clonal__json_append(&array, json_incref(kept));
    assert_null(array);
    assert_int_equal(kept->refcount, 1);
    json_decref(kept);
    assert_int_equal(clonal__json_print(object, JSON_COMPACT, &text), CLONAL_E_MEMORY);
    assert_null(text);
}

/* Every allocation of the text fails in turn, and none passes a text that lacks a part. */
static void printing(void **state)
{
    static const char wanted[] = "{\"a key that is longer than the first room\":[1,2,3],\"b\":\"text\"}";
    json_t *object = json_loads(wanted, 0, NULL);
    char *text;
    unsigned long n = 0;
    (void)state;
    assert_non_null(object);
    do {
        clonal__memory_fail_after(++n);
        const clonal_status status = clonal__json_print(object, JSON_COMPACT, &text);
        clonal__memory_fail_after(0);
        if (status == CLONAL_OK) break;
        assert_int_equal(status, CLONAL_E_MEMORY);
        assert_null(text);
    } while (n < 100);
    assert_true(n > 2);
    assert_string_equal(text, wanted);
    clonal__free(text);
    json_decref(object);
}

static void reading(void **state)
{
    static const char good[] = "{\"a\":[1,2]}", bad[] = "{\"a\":[1,2}";
    json_t *object;
    json_error_t error;
    (void)state;
    assert_int_equal(clonal__json_read(good, strlen(good), &object, &error), CLONAL_OK);
    assert_int_equal(json_array_size(json_object_get(object, "a")), 2);
    json_decref(object);
    assert_int_equal(clonal__json_read(bad, strlen(bad), &object, &error), CLONAL_E_FORMAT);
    assert_null(object);
    assert_int_equal(error.line, 1);
    /* what cannot be read where memory is short may be sound */
    clonal__memory_fail_after(1);
    assert_int_equal(clonal__json_read(bad, strlen(bad), &object, &error), CLONAL_E_MEMORY);
    clonal__memory_fail_after(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(utf8), cmocka_unit_test(texts),
                                       cmocka_unit_test(what_fails_stays_failed), cmocka_unit_test(printing),
                                       cmocka_unit_test(reading)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_attachment.c: objects that rooms above the runtime leave in a context. No device is needed for it. */
#include "host/runtime/runtime.h"
#include "tests/unit/files.h"

static char freed[8];

static void note_free(void *object)
{
    strncat(freed, object, 1);
}

static void test_found_by_key(void **state)
{
    clonal_context context = {0};
    (void)state;
    freed[0] = 0;
    assert_null(clonal__attached(&context, "first"));
    assert_int_equal(clonal__attach(&context, "first", "1", note_free), CLONAL_OK);
    assert_null(clonal__attached(&context, "second"));
    assert_int_equal(clonal__attach(&context, "second", "2", note_free), CLONAL_OK);
    char same_word[] = "first"; /* the word counts, not its address */
    assert_string_equal(clonal__attached(&context, same_word), "1");
    assert_string_equal(clonal__attached(&context, "second"), "2");
    assert_string_equal(freed, "");
    clonal__attachments_release(&context);
    assert_string_equal(freed, "21");
    assert_null(clonal__attached(&context, "first"));
    clonal__attachments_release(&context);
    assert_string_equal(freed, "21");
}

static void test_key_taken(void **state)
{
    clonal_context context = {0};
    (void)state;
    freed[0] = 0;
    assert_int_equal(clonal__attach(&context, "key", "1", note_free), CLONAL_OK);
    assert_int_equal(clonal__attach(&context, "key", "2", note_free), CLONAL_E_INTERNAL);
    assert_string_equal(freed, "2");
    assert_string_equal(clonal__attached(&context, "key"), "1");
    clonal__attachments_release(&context);
    assert_string_equal(freed, "21");
}

static void test_out_of_memory(void **state)
{
    clonal_context context = {0};
    (void)state;
    freed[0] = 0;
    clonal__memory_fail_after(1);
    assert_int_equal(clonal__attach(&context, "key", "1", note_free), CLONAL_E_MEMORY);
    clonal__memory_fail_after(0);
    assert_string_equal(freed, "1");
    assert_null(clonal__attached(&context, "key"));
    clonal__attachments_release(&context);
    assert_string_equal(freed, "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found_by_key),
        cmocka_unit_test(test_key_taken),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_clblast.c: which CLBlast, with which options: both stand in the key of the plans on disk, and the version in a
 * run's manifest. No device is needed for it. */
#include "host/gemm/gemm.h"
#include "tests/unit/files.h"

static void test_version(void **state)
{
    (void)state;
    if (!*CLONAL__CLBLAST_VERSION) skip(); /* the library's file does not tell */
    assert_string_equal(clonal__clblast_version(), "CLBlast " CLONAL__CLBLAST_VERSION);
}

static void test_options(void **state)
{
    (void)state;
    unsetenv("CLBLAST_BUILD_OPTIONS");
    assert_non_null(strstr(clonal__clblast_options(), "-Dmad=fma "));
    assert_string_equal(getenv("CLBLAST_BUILD_OPTIONS"), clonal__clblast_options());
    setenv("CLBLAST_BUILD_OPTIONS", "-DA_USER_S_OWN ", 1);
    assert_string_equal(clonal__clblast_options(), "-DA_USER_S_OWN ");
    unsetenv("CLBLAST_BUILD_OPTIONS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_version), cmocka_unit_test(test_options)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_hdf5_crash.c: a process that looks at an HDF5 file and crashes, lies or runs away: the one who asked goes on.
 * Here clonal__hdf5_walk is not the library's, but does as the test says. */
#include "tests/unit/files.h"

#include "host/exchange/hdf5_catalogue.h"
#include <signal.h>

enum { FILE_BYTES = 1000 };

static void (*misbehave)(int to);

const char *clonal__hdf5_walk(const char *path, uint64_t file_bytes, const char *group, const char *text,
                              const char *const *skipped, int to, char room[256])
{
    (void)path, (void)group, (void)text, (void)skipped, (void)room;
    if (file_bytes != FILE_BYTES) return "the test's file is not of its size";
    misbehave(to);
    return NULL;
}

static void tell(int to, const clonal__hdf5_dataset *dataset)
{
    if (write(to, dataset, sizeof *dataset) != sizeof *dataset) _exit(1);
}

static clonal__hdf5_dataset sound(void)
{
    return (clonal__hdf5_dataset){
        .name = "a", .kind = CLONAL__HDF5_FLOATS, .type = "F32", .rank = 1, .shape = {5}, .offset = 980, .bytes = 20};
}

static void behave(int to)
{
    const clonal__hdf5_dataset one = sound();
    tell(to, &one);
}

static void fault(int to)
{
    (void)to;
    raise(SIGSEGV);
}

static void give_up(int to)
{
    behave(to);
    abort();
}

static void leave_early(int to)
{
    (void)to;
    _exit(0);
}

static void stop_half_way(int to)
{
    const clonal__hdf5_dataset one = sound();
    behave(to);
    if (write(to, &one, sizeof one / 2) < 0) _exit(1);
    _exit(0);
}

static void tell_without_end(int to)
{
    clonal__hdf5_dataset none = sound();
    none.shape[0] = none.bytes = 0;
    for (;;) tell(to, &none);
}

/* One data set by many names, of a byte more in all than the file has. */
static void tell_file(int to)
{
    for (int i = 0; i < FILE_BYTES / 20; i++) behave(to);
}

static void tell_more_than_file(int to)
{
    clonal__hdf5_dataset one = sound();
    tell_file(to);
    one.kind = CLONAL__HDF5_WHOLE;
    one.bytes = 1;
    tell(to, &one);
}

#define LIE(function, change)                                                                                          \
    static void function(int to)                                                                                       \
    {                                                                                                                  \
        clonal__hdf5_dataset lie = sound();                                                                            \
        change;                                                                                                        \
        tell(to, &lie);                                                                                                \
    }
LIE(lie_about_offset, lie.offset = 981)
LIE(lie_about_far_offset, lie.offset = UINT64_MAX - 4)
LIE(lie_about_bytes, lie.bytes = 24)
LIE(lie_about_rank, lie.rank = 9)
LIE(lie_about_size, (lie.rank = 3, lie.shape[1] = lie.shape[2] = UINT32_MAX))
LIE(lie_about_kind, lie.kind = (clonal__hdf5_kind)7)
LIE(lie_about_type, memcpy(lie.type, "F3333333", 8))
LIE(lie_about_known_type, memcpy(lie.type, "I32", 4))
LIE(lie_about_name, memset(lie.name, 'x', sizeof lie.name))
LIE(lie_about_utf8, lie.name[0] = (char)0xff)

static const struct {
    const char *what;
    void (*misbehave)(int to);
    const char *says;
} rows[] = {
    {"nothing wrong", behave, ""},
    {"as much as the file", tell_file, ""},
    {"more than the file", tell_more_than_file, "together larger than the file"},
    {"a fault", fault, "libhdf5 crashes on it"},
    {"an abort", give_up, "libhdf5 crashes on it"},
    {"an end without a verdict", leave_early, "libhdf5 crashes on it"},
    {"half a message", stop_half_way, "libhdf5 crashes on it"},
    {"data sets without end", tell_without_end, "too many"},
    {"an offset", lie_about_offset, "cannot be true"},
    {"a far offset", lie_about_far_offset, "cannot be true"},
    {"bytes", lie_about_bytes, "cannot be true"},
    {"a rank", lie_about_rank, "cannot be true"},
    {"a size", lie_about_size, "cannot be true"},
    {"a kind", lie_about_kind, "cannot be true"},
    {"a type without an end", lie_about_type, "cannot be true"},
    {"a type that is none of floats", lie_about_known_type, "cannot be true"},
    {"a name without an end", lie_about_name, "cannot be true"},
    {"a name not UTF-8", lie_about_utf8, "cannot be true"},
};

static void test_misbehaviour(void **state)
{
    static const uint8_t bytes[FILE_BYTES];
    static const char *const skipped[] = {NULL};
    (void)state;
    put_file(in_folder("f"), bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        clonal__hdf5_catalogue catalogue;
        clonal__reader reader;
        misbehave = rows[i].misbehave;
        assert_int_equal(clonal__reader_open(in_folder("f"), "a file of weights", &reader), CLONAL_OK);
        const clonal_status status = clonal__hdf5_catalogue_read(&reader, "layers", "text", skipped, &catalogue);
        assert_failure(rows[i].what, status, *rows[i].says ? CLONAL_E_FORMAT : CLONAL_OK, rows[i].says);
        if (status == CLONAL_OK) assert_int_equal(catalogue.count, misbehave == behave ? 1 : FILE_BYTES / 20);
        clonal__hdf5_catalogue_free(&catalogue);
        clonal__reader_close(&reader);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {FILE_TEST(test_misbehaviour)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

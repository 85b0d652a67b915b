/* record.c: a record.txt, read, and opened to go on from a step: what is left of it then is sound. */
#include "tests/fuzz/fuzz.h"

#include "host/evidence/record.h"
#include <stdio.h>
#include <string.h>

/* Reads it to its end; no line is of a step above `last`. */
static clonal_status read_all(const char *path, uint64_t last)
{
    clonal__record_reader *reader;
    clonal__record_line line;
    bool more = true;
    FUZZ_CHECK(clonal__record_reader_open(path, &reader) == CLONAL_OK);
    clonal_status status = CLONAL_OK;
    while (status == CLONAL_OK && more) {
        status = clonal__record_read(reader, &line, &more);
        if (status == CLONAL_OK && more) FUZZ_CHECK(line.step <= last && line.name[0] && strlen(line.digest) <= 64);
    }
    clonal__record_reader_close(reader);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    clonal__record *record;
    char path[4200];
    snprintf(path, sizeof path, "%s", fuzz_file("record.txt", data, size));
    clonal_status status = read_all(path, UINT64_MAX);
    if (status != CLONAL_OK) fuzz_failed(status, CLONAL_E_FORMAT);
    status = clonal__record_open(path, 3, &record);
    if (status != CLONAL_OK) {
        fuzz_failed(status, CLONAL_E_FORMAT);
        return 0;
    }
    clonal__record_close(record);
    FUZZ_CHECK(read_all(path, 2) == CLONAL_OK);
    return 0;
}

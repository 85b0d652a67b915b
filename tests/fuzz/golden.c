/* golden.c: the cases that `clonal verify` trains, with their golden digests. */
#include "tests/fuzz/fuzz.h"

#include "host/evidence/golden.h"
#include <stdlib.h>
#include <string.h>

/* Reads the line that came and what belongs to it. */
static clonal_status read_one(const char *line, const char **at)
{
    clonal__golden_case c;
    clonal__golden_block block;
    clonal_status status;
    if (strncmp(line, "case ", 5) == 0) {
        status = clonal__golden_case_read(line, at, &c);
        if (status == CLONAL_OK) FUZZ_CHECK(c.graph && strlen(c.name) < sizeof c.name);
        clonal_graph_destroy(c.graph);
        return status;
    }
    if (strncmp(line, "fused_update ", 13) == 0) CLONAL__TRY(clonal__golden_options(line + 13, &c));
    status = clonal__golden_entries(at, &block);
    for (size_t i = 0; i < block.count; i++) FUZZ_CHECK(clonal__golden_digest(&block, block.entries[i].name));
    clonal__free(block.entries);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), line[CLONAL__GOLDEN_LINE];
    clonal_status status = CLONAL_OK;
    for (const char *at = text; status == CLONAL_OK && clonal__golden_next(&at, line);) {
        status = read_one(line, &at);
        if (status != CLONAL_OK && status != CLONAL_E_INTERNAL && status != CLONAL_E_SHAPE)
            fuzz_failed(status, CLONAL_E_ARGUMENT);
    }
    free(text);
    return 0;
}

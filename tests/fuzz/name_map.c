/* name_map.c: the map of names that a user writes for a weights file. */
#include "tests/fuzz/fuzz.h"

#include "host/model/name_map.h"
#include <string.h>

static void check_line(const clonal__name_map *map, size_t i)
{
    const clonal__name_line *line = &map->lines[i];
    FUZZ_CHECK(line->ours[0] && line->theirs[0]);
    FUZZ_CHECK(line->line >= 1 && (i == 0 || line->line > map->lines[i - 1].line));
    for (size_t k = 0; k < i && i < 32; k++)
        FUZZ_CHECK(strcmp(map->lines[k].ours, line->ours) != 0 && strcmp(map->lines[k].theirs, line->theirs) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    clonal__name_map map;
    const clonal_status status = clonal__name_map_read(fuzz_file("map", data, size), &map);
    if (status != CLONAL_OK) fuzz_failed(status, CLONAL_E_FORMAT);
    for (size_t i = 0; status == CLONAL_OK && i < map.count; i++) check_line(&map, i);
    clonal__name_map_free(&map);
    return 0;
}

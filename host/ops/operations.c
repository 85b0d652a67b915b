/* operations.c: the table, and what needs all of it: reading a graph's text. */
#include "host/ops/operations.h"

#include "host/base/float_environment.h"
#include "host/ops/table.h"

#define DECLARE(name) extern const clonal__operation clonal__operation_##name;
CLONAL__OPERATIONS(DECLARE)
#undef DECLARE

#define ADDRESS(name) &clonal__operation_##name,
const clonal__operation *const clonal__operations[] = {CLONAL__OPERATIONS(ADDRESS) NULL};
#undef ADDRESS

clonal_status clonal_graph_parse(const char *text, clonal_graph **graph)
{
    CLONAL__FLOATS;
    if (!graph) return clonal__fail(CLONAL_E_ARGUMENT, "clonal_graph_parse: graph is NULL");
    *graph = NULL;
    if (!text) return clonal__fail(CLONAL_E_ARGUMENT, "clonal_graph_parse: text is NULL");
    return clonal__graph_parse(text, clonal__operations, graph);
}

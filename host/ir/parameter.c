/* parameter.c: the parameters of a graph, as its operations' descriptors tell them. */
#include "host/ir/operation.h"

#include <stdio.h>

void clonal__parameter_describe(const clonal_graph *graph, clonal_node node, unsigned index, clonal__parameter *p)
{
    const clonal__node *n = &graph->nodes[node];
    const clonal__parameter_rule *rule = &n->operation->parameters[index];
    *p = (clonal__parameter){.node = node,
                             .index = index,
                             .initial = rule->initial,
                             .value = CLONAL__NO_VALUE,
                             .gradient = CLONAL__NO_VALUE};
    rule->shape(graph, n, p);
    p->columns = p->shape[p->rank - 1];
    p->rows = 1;
    for (size_t i = 0; i + 1 < p->rank; i++) p->rows *= p->shape[i];
    snprintf(p->name, sizeof p->name, "%d.%s", (int)node - 1, rule->name);
}

clonal_status clonal__graph_parameters(const clonal_graph *graph, size_t *count, clonal__parameter **parameters)
{
    size_t all = 0;
    *count = 0;
    *parameters = NULL;
    for (size_t i = 0; i < graph->count; i++) all += graph->nodes[i].operation->parameter_count;
    CLONAL__TRY(clonal__calloc(all + 1, sizeof **parameters, parameters));
    for (size_t i = 0; i < graph->count; i++)
        for (unsigned k = 0; k < graph->nodes[i].operation->parameter_count; k++)
            clonal__parameter_describe(graph, (clonal_node)i, k, &(*parameters)[(*count)++]);
    return CLONAL_OK;
}

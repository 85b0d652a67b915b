/* differentiate.c: from graph to program: reverse-mode differentiation, in which each operation's descriptor says how
 * its node is computed and what it gives back. */
#include "host/compile/compile.h"

#include <stdio.h>

/* Fills what the rule leaves to be inferred: the parameter as a matrix. */
static void finish_shape(clonal__parameter *p)
{
    p->columns = p->shape[p->rank - 1];
    p->rows = 1;
    for (size_t i = 0; i + 1 < p->rank; i++) p->rows *= p->shape[i];
}

/* Adds parameter `index` of a node, as a value that lives always. */
static clonal_status declare_parameter(clonal__build *b, clonal_node node, unsigned index)
{
    clonal__program *program = b->program;
    const clonal__node *n = clonal__build_node_of(b, node);
    const clonal__parameter_rule *rule = &n->operation->parameters[index];
    CLONAL__TRY(clonal__grow(&program->parameters, program->parameter_count + 1, sizeof *program->parameters));
    clonal__parameter *p = &program->parameters[program->parameter_count];
    *p = (clonal__parameter){.node = node, .index = index, .initial = rule->initial, .gradient = CLONAL__NO_VALUE};
    rule->shape(b->graph, n, p);
    finish_shape(p);
    snprintf(p->name, sizeof p->name, "%d.%s", (int)node - 1, rule->name);
    p->value = clonal__program_value(program, CLONAL__PARAMETER, p->rows, p->columns, "%s", p->name);
    if (p->value == CLONAL__NO_VALUE) return CLONAL_E_MEMORY;
    program->values[p->value].parameter = (int)program->parameter_count++;
    b->nodes[node].parameters[index] = p->value;
    return CLONAL_OK;
}

/* Which nodes take part in differentiation, and their parameters. */
static clonal_status declare(clonal__build *b)
{
    for (size_t i = 0; i < b->graph->count; i++) {
        const clonal__node *n = &b->graph->nodes[i];
        clonal__build_node *known = &b->nodes[i];
        known->value = known->gradient = CLONAL__NO_VALUE;
        known->wanted = n->operation->parameter_count > 0;
        for (size_t k = 0; k < n->operation->inputs; k++)
            known->wanted = known->wanted || b->nodes[n->inputs[k]].wanted;
        for (unsigned k = 0; k < n->operation->parameter_count; k++)
            CLONAL__TRY(declare_parameter(b, (clonal_node)i, k));
    }
    return CLONAL_OK;
}

static clonal_status forward(clonal__build *b, clonal_node node)
{
    const clonal__operation *operation = clonal__build_node_of(b, node)->operation;
    if (!operation->forward)
        return clonal__fail(CLONAL_E_INTERNAL, "node %d: %s has no forward rule", (int)node, operation->name);
    CLONAL__TRY(operation->forward(b, node));
    if (b->nodes[node].value != CLONAL__NO_VALUE || operation->loss) return CLONAL_OK;
    return clonal__fail(CLONAL_E_INTERNAL, "node %d: the forward rule of %s makes no value", (int)node,
                        operation->name);
}

/* What a node's backward rule must have left: a gradient of each parameter, and of each input that has parameters
 * before it. Without one, those would stay untrained without a word. */
static clonal_status check_backward(const clonal__build *b, clonal_node node)
{
    const clonal__node *n = clonal__build_node_of(b, node);
    for (size_t k = 0; k < n->operation->parameter_count; k++) {
        const clonal__value *value = &b->program->values[b->nodes[node].parameters[k]];
        if (b->program->parameters[value->parameter].gradient == CLONAL__NO_VALUE)
            return clonal__fail(CLONAL_E_INTERNAL, "node %d: the backward rule of %s makes no gradient of %s",
                                (int)node, n->operation->name, value->name);
    }
    for (size_t k = 0; k < n->operation->inputs; k++) {
        const clonal__build_node *input = &b->nodes[n->inputs[k]];
        if (input->wanted && input->gradient == CLONAL__NO_VALUE)
            return clonal__fail(CLONAL_E_INTERNAL,
                                "node %d: the backward rule of %s makes no gradient of its input %zu", (int)node,
                                n->operation->name, k);
    }
    return CLONAL_OK;
}

static clonal_status backward(clonal__build *b, clonal_node node)
{
    const clonal__operation *operation = clonal__build_node_of(b, node)->operation;
    const clonal__build_node *known = &b->nodes[node];
    if (!operation->backward)
        return clonal__fail(CLONAL_E_INTERNAL, "node %d: %s has no backward rule", (int)node, operation->name);
    if (!known->wanted || (known->gradient == CLONAL__NO_VALUE && !operation->loss)) return CLONAL_OK;
    CLONAL__TRY(operation->backward(b, node));
    return check_backward(b, node);
}

/* Leaves in the program which values the nodes ended with. */
static clonal_status keep_values(const clonal__build *b)
{
    CLONAL__TRY(clonal__calloc(b->graph->count, sizeof *b->program->nodes, &b->program->nodes));
    for (size_t i = 0; i < b->graph->count; i++)
        b->program->nodes[i] = (clonal__node_values){b->nodes[i].value, b->nodes[i].gradient};
    return CLONAL_OK;
}

static clonal_status build(clonal__build *b)
{
    const size_t count = b->graph->count;
    CLONAL__TRY(declare(b));
    for (size_t i = 0; i < count; i++) CLONAL__TRY(forward(b, (clonal_node)i));
    for (size_t i = count; i-- > 0 && b->program->training;) CLONAL__TRY(backward(b, (clonal_node)i));
    return keep_values(b);
}

clonal_status clonal__differentiate(const clonal_graph *graph, clonal__mode mode, uint64_t seed,
                                    clonal__program *program)
{
    CLONAL__TRY(clonal__graph_check(graph));
    clonal__build b = {.graph = graph, .program = program, .seed = seed};
    program->training = clonal__mode_trains(mode);
    program->dropout = clonal__mode_masks(mode);
    program->output = CLONAL__NO_VALUE;
    CLONAL__TRY(clonal__calloc(graph->count, sizeof *b.nodes, &b.nodes));
    const clonal_status status = build(&b);
    clonal__free(b.nodes);
    if (status != CLONAL_OK) clonal__program_free(program);
    return status;
}

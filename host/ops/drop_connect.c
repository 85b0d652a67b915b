/* drop_connect.c: DropConnect (Wan et al., ICML 2013), a linear node whose weights are dropped: y = x . m^T + b, where
 * m is the weight under a mask that each training step makes anew, and the weight itself in evaluation. The survivors
 * are scaled by 1/(1-p), as dropout's are, so that evaluation takes the weights as they are stored. */
#include "host/ops/linear.h"
#include "host/ops/random.h"

enum { OUTPUTS, PROBABILITY, ATTRIBUTES };
enum { MASKED }; /* what is kept for the backward rule: m */

/* The node's mask put on in0, a matrix (O,I): element (row, column) has the word of that row and column. */
static clonal_status mask(const clonal__build *b, clonal_node node, int in0, clonal__instruction *in)
{
    *in = clonal__instruct(&clonal__code_mask, node, CLONAL__NO_VALUE, in0, CLONAL__NO_VALUE);
    return clonal__mask_make(b, CLONAL_STREAM(CLONAL_STREAM_CONNECT, node),
                             clonal__build_node_of(b, node)->attributes[PROBABILITY].real, &in->mask);
}

/* A value of the weight's shape, called node.N.<what>. */
static clonal_status weight_like(clonal__build *b, clonal_node node, const char *what, int *value)
{
    const clonal__value weight = b->program->values[b->nodes[node].parameters[CLONAL__LINEAR_WEIGHT]];
    *value =
        clonal__program_value(b->program, CLONAL__FIXED, weight.rows, weight.columns, "node.%d.%s", (int)node, what);
    return *value == CLONAL__NO_VALUE ? CLONAL_E_MEMORY : CLONAL_OK;
}

static clonal_status forward(clonal__build *b, clonal_node node)
{
    const int weight = b->nodes[node].parameters[CLONAL__LINEAR_WEIGHT];
    clonal__instruction in;
    b->nodes[node].kept[MASKED] = weight;
    if (b->program->dropout) {
        CLONAL__TRY(mask(b, node, weight, &in));
        CLONAL__TRY(weight_like(b, node, "masked", &in.out));
        CLONAL__TRY(clonal__program_append(b->program, &in));
        b->nodes[node].kept[MASKED] = in.out;
    }
    return clonal__linear_forward(b, node, b->nodes[node].kept[MASKED]);
}

/* The gradient of the weight is that of m under the same mask; without masks m is the weight. */
static clonal_status backward_weight(clonal__build *b, clonal_node node)
{
    clonal__instruction product = clonal__linear_weight_product(b, node), in;
    if (!b->program->dropout) return clonal__build_parameter_gradient(b, node, CLONAL__LINEAR_WEIGHT, product);
    CLONAL__TRY(weight_like(b, node, "unmasked", &product.out));
    CLONAL__TRY(clonal__program_append(b->program, &product));
    CLONAL__TRY(mask(b, node, product.out, &in));
    return clonal__build_parameter_gradient(b, node, CLONAL__LINEAR_WEIGHT, in);
}

static clonal_status backward(clonal__build *b, clonal_node node)
{
    CLONAL__TRY(clonal__linear_backward_input(b, node, b->nodes[node].kept[MASKED]));
    CLONAL__TRY(backward_weight(b, node));
    return clonal__linear_backward_bias(b, node);
}

static const clonal__attribute_rule attributes[ATTRIBUTES] = {
    [OUTPUTS] = CLONAL__LINEAR_OUTPUTS,
    [PROBABILITY] = {.name = "probability", .kind = CLONAL__REAL, .least = 0, .most = 1}};
const clonal__operation clonal__operation_drop_connect = {.name = "drop_connect",
                                                          .inputs = 1,
                                                          .attributes = attributes,
                                                          .attribute_count = ATTRIBUTES,
                                                          .parameters = clonal__linear_parameters,
                                                          .parameter_count = CLONAL__LINEAR_PARAMETERS,
                                                          .shape = clonal__linear_shape,
                                                          .forward = forward,
                                                          .backward = backward};

clonal_node clonal_drop_connect(clonal_graph *graph, clonal_node x, uint32_t width, double p)
{
    const clonal__attribute given[ATTRIBUTES] = {
        [OUTPUTS] = {.count = 1, .sizes = {width}}, [PROBABILITY] = {.real = p}};
    return clonal__graph_add(graph, &clonal__operation_drop_connect, &x, given);
}

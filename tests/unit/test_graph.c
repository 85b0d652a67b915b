/* Graphs without a device: shapes and their errors, the text form, differentiation, fusion, the memory plan, and what
 * happens when memory runs out. */
#include "files.h"

#include "host/compile/compile.h"
#include "random_graph.h"
#include "ref_graph.h"
#include <clonal/random.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#define CHAPTER                                                                                                        \
    "0 input 28,28\n1 flatten 0\n2 linear 1 256\n3 relu 2\n4 dropout 3 0.5\n5 linear 4 256\n6 relu 5\n7 dropout 6 "    \
    "0.5\n8 linear 7 10\n"                                                                                             \
    "9 softmax_cross_entropy 8\n"

static clonal_graph *parsed(const char *text)
{
    clonal_graph *graph;
    if (clonal_graph_parse(text, &graph)) fail_msg("%s: %s", clonal_last_error()->message, text);
    return graph;
}

static void shapes(void **state)
{
    uint32_t shape[CLONAL_MAX_RANK];
    clonal_graph *g = parsed(CHAPTER);
    (void)state;
    assert_int_equal(clonal_graph_count(g), 10);
    assert_int_equal(clonal_node_shape(g, 0, shape), 2);
    assert_true(shape[0] == 28 && shape[1] == 28);
    assert_int_equal(clonal_node_shape(g, 1, shape), 1);
    assert_int_equal(shape[0], 784);
    assert_int_equal(clonal_node_shape(g, 4, shape), 1);
    assert_int_equal(shape[0], 256);
    assert_int_equal(clonal_node_shape(g, 8, shape), 1);
    assert_int_equal(shape[0], 10);
    assert_string_equal(clonal_node_operation(g, 4), "dropout");
    assert_null(clonal_node_operation(g, 10));
    assert_null(clonal_node_operation(g, -1));
    assert_int_equal(clonal_node_shape(g, 10, shape), 0);
    clonal_graph_destroy(g);
    clonal_graph_destroy(NULL);
}

/* Errors while building: the message names the nodes and both shapes; the first one stays. */
static void shape_errors(void **state)
{
    static const uint32_t image[] = {28, 28}, zero[] = {3, 0}, huge[] = {65536, 65536};
    (void)state;
    for (int i = 0; i < 12; i++) {
        clonal_graph *g;
        assert_int_equal(clonal_graph_create(&g), CLONAL_OK);
        clonal_node input = i == 8 || i == 9 ? CLONAL_NO_NODE : clonal_input(g, 2, image),
                    flat = clonal_flatten(g, input);
        const char *says = "";
        clonal_status status = CLONAL_E_SHAPE;
        clonal_node made = CLONAL_NO_NODE;
        if (i == 8 || i == 9) {
            clonal_graph_destroy(g);
            assert_int_equal(clonal_graph_create(&g), CLONAL_OK);
        }
        switch (i) {
        case 0:
            made = clonal_linear_sized(g, flat, 785, 10);
            says = "node 2 (linear) takes samples of the shape 785, node 1 (flatten) has the shape 784";
            break;
        case 1:
            made = clonal_add(g, flat, clonal_linear(g, flat, 10));
            says = "node 3 (add) takes two nodes of one shape, node 1 (flatten) has 784 and node 2 (linear) has 10";
            break;
        case 2:
            made = clonal_linear(g, input, 10);
            says = "node 2 (linear) takes samples of one dimension, node 0 (input) has the shape 28x28";
            break;
        case 3:
            made = clonal_softmax_cross_entropy(g, input);
            says = "node 0 (input) has the shape 28x28";
            break;
        case 4:
            made = clonal_relu(g, clonal_mean_squared_error(g, flat));
            says = "nothing can follow a loss";
            break;
        case 5:
            made = clonal_dropout(g, flat, 1.5), status = CLONAL_E_ARGUMENT;
            says = "node 2 (dropout): the probability 1.5 is not between 0 and 1";
            break;
        case 6:
            made = clonal_relu(g, 7), status = CLONAL_E_ARGUMENT;
            says = "node 7, which the graph does not have";
            break;
        case 7:
            made = clonal_linear(g, flat, 0);
            says = "node 2 (linear) would have the shape 0";
            break;
        case 8:
            made = clonal_input(g, 2, zero);
            says = "3x0";
            break;
        case 9:
            made = clonal_input(g, 2, huge);
            says = "65536x65536";
            break;
        case 10:
            made = clonal_linear(g, flat, 1u << 24);
            says = "weights";
            break;
        default:
            made = clonal_input(g, 2, image), status = CLONAL_E_ARGUMENT;
            says = "one input";
            break;
        }
        assert_int_equal(made, CLONAL_NO_NODE);
        assert_failure("building", clonal_graph_status(g), status, says);
        assert_int_equal(clonal_relu(g, flat), CLONAL_NO_NODE);
        assert_failure("going on", clonal_graph_status(g), status, says);
        char *text;
        assert_failure("printing", clonal_graph_print(g, &text), status, says);
        assert_null(text);
        clonal_graph_destroy(g);
    }
}

/* 784 x 5,000,000 weights are 3.92e9, below 2^32 - 1024; with 5,478,275 outputs they would be 4294967600. */
static void weights_up_to_32_bits(void **state)
{
    (void)state;
    static const uint32_t shape[] = {784};
    clonal_graph *g;
    clonal__program p = {0};
    size_t *bytes, count;
    assert_int_equal(clonal_graph_create(&g), CLONAL_OK);
    const clonal_node input = clonal_input(g, 1, shape);
    assert_int_equal(clonal_linear(g, clonal_linear(g, input, 5000000), 10), 2);
    assert_int_equal(clonal_mean_squared_error(g, 2), 3);
    assert_int_equal(clonal__differentiate(g, CLONAL__TRAINING, 0, &p), CLONAL_OK);
    assert_int_equal(p.parameters[0].rows, 5000000);
    assert_int_equal(p.parameters[0].columns, 784);
    assert_int_equal(clonal__plan_memory(&p, 7, &bytes, &count), CLONAL_OK);
    size_t largest = 0;
    for (size_t i = 0; i < count; i++) largest = bytes[i] > largest ? bytes[i] : largest;
    assert_int_equal(largest, UINT64_C(15680000000)); /* the gradient, unfused */
    const clonal__launching to = {.program = &p, .batch = 7};
    assert_int_equal(clonal__launching_elements(&to, p.parameters[0].value), UINT32_C(3920000000));
    clonal__free(bytes);
    clonal__program_free(&p);
    clonal_graph_destroy(g);
    assert_int_equal(clonal_graph_create(&g), CLONAL_OK);
    clonal_linear(g, clonal_input(g, 1, shape), 5478275);
    assert_failure("weights", clonal_graph_status(g), CLONAL_E_SHAPE,
                   "5478275 x 784 weights, more than the 4294966272");
    clonal_graph_destroy(g);
}

/* Each pass is linear in the number of nodes: a thousand layers become what two do. */
static void many_layers(void **state)
{
    (void)state;
    enum { LAYERS = 1000 };
    static const uint32_t shape[] = {8};
    static const clonal__update_form form = {.library = "sgd", .fuses = true};
    clonal_graph *g;
    clonal__program p = {0};
    assert_int_equal(clonal_graph_create(&g), CLONAL_OK);
    clonal_node x = clonal_input(g, 1, shape);
    for (int i = 0; i < LAYERS; i++) x = clonal_dropout(g, clonal_relu(g, clonal_linear(g, x, 8)), 0.5);
    clonal_softmax_cross_entropy(g, x);
    assert_int_equal(clonal__differentiate(g, CLONAL__TRAINING, 0, &p), CLONAL_OK);
    assert_int_equal(clonal__insert_updates(&p, &form), CLONAL_OK);
    for (size_t i = 0; i < p.instruction_count; i++) p.instructions[i].choice.kind = CLONAL__GEMM_NATIVE;
    assert_int_equal(clonal__fuse(&p, 8), CLONAL_OK);
    /* of each layer a product forward, one of the weights with both updates, and one backward but of the first; of the
     * first the mask and derivative are the layer's own. Beside them the load, the loss, and the last dropout's. */
    size_t products = 0;
    for (size_t i = 0; i < p.instruction_count; i++) products += p.instructions[i].code->role == CLONAL__ROLE_PRODUCT;
    assert_int_equal(products, 3 * LAYERS - 1);
    assert_true(p.instruction_count < 3 * LAYERS + 8);
    clonal__program_free(&p);
    clonal_graph_destroy(g);
}

static void nan_is_no_probability(void **state)
{
    (void)state;
    static const uint32_t shape[] = {4};
    static const double wrong[] = {-1e-300, 1.0000000000000002, 0.0 / 0.0, 1 / 0.0};
    for (size_t i = 0; i < 4; i++) {
        clonal_graph *g;
        assert_int_equal(clonal_graph_create(&g), CLONAL_OK);
        assert_int_equal(clonal_dropout(g, clonal_input(g, 1, shape), wrong[i]), CLONAL_NO_NODE);
        assert_int_equal(clonal_graph_status(g), CLONAL_E_ARGUMENT);
        clonal_graph_destroy(g);
    }
}

/* What cannot be trained: no loss at the end, a node that leads nowhere. */
static void unusable_graphs(void **state)
{
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"0 input 4\n1 relu 0\n", "node"},
        {"0 input 4\n1 linear 0 3\n2 linear 0 3\n3 softmax_cross_entropy 2\n", "node 1 (linear) leads nowhere"},
        {"0 input 4\n1 softmax_cross_entropy 0\n", ""}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        clonal_graph *g = parsed(wrong[i].text);
        clonal__program program = {0};
        assert_failure(wrong[i].text, clonal__differentiate(g, CLONAL__TRAINING, 0, &program), CLONAL_E_ARGUMENT,
                       wrong[i].says);
        assert_true(program.values == NULL && program.instructions == NULL && program.parameters == NULL);
        clonal_graph_destroy(g);
    }
}

static clonal_status does_nothing(clonal__build *build, clonal_node node)
{
    (void)build, (void)node;
    return CLONAL_OK;
}

/* What an operation's descriptor leaves out is an error that names it, and nothing goes on without. */
static void missing_rules(void **state)
{
    enum { NODE_LINEAR = 3, NODE_RELU = 2 };
    static const struct {
        int node;
        bool forward; /* the rule that is replaced */
        clonal_status (*rule)(clonal__build *, clonal_node);
        const char *says;
    } wrong[] = {
        {NODE_RELU, true, NULL, "node 2: relu has no forward rule"},
        {NODE_RELU, true, does_nothing, "node 2: the forward rule of relu makes no value"},
        {NODE_RELU, false, NULL, "node 2: relu has no backward rule"},
        {NODE_RELU, false, does_nothing, "node 2: the backward rule of relu makes no gradient of its input 0"},
        {NODE_LINEAR, false, does_nothing, "node 3: the backward rule of linear makes no gradient of 2.weight"}};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        clonal_graph *g = parsed("0 input 4\n1 linear 0 3\n2 relu 1\n3 linear 2 3\n4 mean_squared_error 3\n");
        clonal__operation broken = *g->nodes[wrong[i].node].operation;
        clonal__program program = {0};
        if (wrong[i].forward)
            broken.forward = wrong[i].rule;
        else
            broken.backward = wrong[i].rule;
        g->nodes[wrong[i].node].operation = &broken;
        assert_failure(wrong[i].says, clonal__differentiate(g, CLONAL__TRAINING, 0, &program), CLONAL_E_INTERNAL,
                       wrong[i].says);
        assert_true(program.values == NULL && program.instructions == NULL && program.parameters == NULL);
        clonal_graph_destroy(g);
    }
}

static void check_round_trip(const char *text)
{
    struct ref_graph ref;
    char message[REF_MAX_MESSAGE], *again, *by_reference;
    clonal_graph *g = parsed(text);
    assert_int_equal(clonal_graph_print(g, &again), CLONAL_OK);
    assert_string_equal(again, text);
    if (ref_graph_parse(&ref, text, message)) fail_msg("the reference: %s: %s", message, text);
    by_reference = ref_graph_print(&ref);
    assert_string_equal(by_reference, text);
    for (size_t i = 0; i < ref.count; i++)
        if (!ref_op_is_loss(ref.nodes[i].op)) assert_int_equal(g->nodes[i].columns, ref.nodes[i].columns);
    free(by_reference);
    clonal_free(again);
    clonal_graph_destroy(g);
}

static void round_trips(void **state)
{
    static const char *const p[] = {"0",
                                    "1",
                                    "0.5",
                                    "0.1",
                                    "0.3",
                                    "0.30000000000000004",
                                    "0.3333333333333333",
                                    "1e-05",
                                    "5e-324",
                                    "0.9999999999999999"};
    char text[RANDOM_GRAPH_TEXT];
    uint64_t seed = 1;
    (void)state;
    check_round_trip(CHAPTER);
    check_round_trip("0 input 1\n1 mean_squared_error 0\n");
    check_round_trip("0 input 2,3,4,5\n1 flatten 0\n2 add 1 1\n3 tanh 2\n4 sigmoid 3\n5 softmax_cross_entropy 4\n");
    for (size_t i = 0; i < sizeof p / sizeof *p; i++) {
        snprintf(
            text, sizeof text,
            "0 input 3,3\n1 dropout 0 %s\n2 leaky_relu 1 %s\n3 leaky_relu 2 -0.3\n4 layer_norm 3 %s\n5 flatten 4\n6 "
            "drop_connect 5 7 %s\n7 softmax_cross_entropy 6\n",
            p[i], p[i], p[i], p[i]);
        check_round_trip(text);
    }
    for (int i = 0; i < 300; i++) {
        random_graph(&seed, text);
        check_round_trip(text);
    }
}

static void malformed_texts(void **state)
{
    static const char *const wrong[] = {
        "",
        "\n",
        "0",
        "0 input",
        "0 input \n",
        "0 input 0\n",
        "0 input 3,\n",
        "0 input ,3\n",
        "0 input 3,4,5,6,7\n",
        "0 input -3\n",
        "0 input 3x4\n",
        "0 input 99999999999\n",
        "1 input 3\n",
        "0 relu 0\n",
        "0 linear 1 2\n",
        "x\n",
        "0 input 3\n\n1 relu 0\n",
        "0 input 3\n1 relu 1\n",
        "0 input 3\n1 relu 2\n",
        "0 input 3\n1 relu -1\n",
        "0 input 3\n1 relu 4294967295\n",
        "0 input 3\n1 relu\n",
        "0 input 3\n1 relu 0 0\n",
        "0 input 3\n1 relu 0 \n",
        "0 input 3\n1 Relu 0\n",
        "0 input 3\n1 rel 0\n",
        "0 input 3\n2 relu 0\n",
        "0 input 3\n1 linear 0\n",
        "0 input 3\n1 linear 0 0\n",
        "0 input 3\n1 linear 0 2.5\n",
        "0 input 3\n1 linear 0 4294967297\n",
        "0 input 3\n1 dropout 0\n",
        "0 input 3\n1 dropout 0 2\n",
        "0 input 3\n1 dropout 0 nan\n",
        "0 input 3\n1 dropout 0 -0.5\n",
        "0 input 3\n1 dropout 0 0.5x\n",
        "0 input 3\n1 drop_connect 0\n",
        "0 input 3\n1 drop_connect 0 2\n",
        "0 input 3\n1 drop_connect 0 0.5\n",
        "0 input 3\n1 drop_connect 0 0 0.5\n",
        "0 input 3\n1 drop_connect 0 2 1.5\n",
        "0 input 3\n1 drop_connect 0 2 nan\n",
        "0 input 3\n1 drop_connect 0 2 0.5 1\n",
        "0 input 3,3\n1 drop_connect 0 2 0.5\n",
        "0 input 3\n1 gelu\n",
        "0 input 3\n1 gelu 0 1\n",
        "0 input 3\n1 silu 0 0.5\n",
        "0 input 3\n1 leaky_relu 0\n",
        "0 input 3\n1 leaky_relu 0 inf\n",
        "0 input 3\n1 leaky_relu 0 nan\n",
        "0 input 3\n1 leaky_relu 0 0,1\n",
        "0 input 3\n1 layer_norm 0\n",
        "0 input 3\n1 layer_norm 0 -1e-05\n",
        "0 input 3\n1 layer_norm 0 inf\n",
        "0 input 3\n1 layer_norm 0 1e-05 1\n",
        "0 input 3\n1 add 0\n",
        "0 input 3\n1 add 0 1\n",
        "0 input 3,3\n1 linear 0 2\n",
        "0 input 3\n1 input 3\n",
        "0 input 3\n1 softmax_cross_entropy 0\n2 relu 1\n",
        "0 input 3\n1 softmax_cross_entropy 0\n2 mean_squared_error 0\n",
        "0 input 3\n1 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 0\n",
        "0 input 3\r\n1 relu 0\r\n",
        "0\tinput 3\n",
        "+0 input 3\n"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        clonal_graph *g = (clonal_graph *)1;
        clonal_status status = clonal_graph_parse(wrong[i], &g);
        if (status != CLONAL_E_FORMAT && status != CLONAL_E_SHAPE && status != CLONAL_E_ARGUMENT)
            fail_msg("status %d for \"%s\"", status, wrong[i]);
        assert_failure(wrong[i], status, status, "");
        assert_null(g);
    }
}

/* Texts changed at random are refused or understood, and never break anything; what is understood is printed. */
static void mutated_texts(void **state)
{
    uint64_t seed = 7;
    char text[RANDOM_GRAPH_TEXT];
    uint8_t room[2 * RANDOM_GRAPH_TEXT + 65];
    (void)state;
    for (int i = 0; i < 20000; i++) {
        random_graph(&seed, text);
        size_t count = mutate(&seed, (uint8_t *)text, strlen(text), room);
        room[count] = 0;
        clonal_graph *g;
        char *again;
        if (clonal_graph_parse((char *)room, &g)) continue;
        assert_int_equal(clonal_graph_print(g, &again), CLONAL_OK);
        clonal_free(again);
        clonal_graph_destroy(g);
    }
}

static const clonal__update_form plain_sgd = {.library = "sgd", .fuses = true};

/* The chapter's step, instruction by instruction: the derivative in descending order, each parameter updated after its
 * last use. */
static void chapter_differentiated(void **state)
{
    static const struct {
        const char *code, *out;
    } steps[] = {{"load", "node.0.value"},
                 {"gemm", "node.2.product"},
                 {"bias", "node.2.value"},
                 {"function", "node.3.value"},
                 {"dropout", "node.4.value"},
                 {"gemm", "node.5.product"},
                 {"bias", "node.5.value"},
                 {"function", "node.6.value"},
                 {"dropout", "node.7.value"},
                 {"gemm", "node.8.product"},
                 {"bias", "node.8.value"},
                 {"loss", "node.8.gradient"},
                 {"gemm", "node.7.gradient"},
                 {"gemm", "7.weight.gradient"},
                 {"update", "7.weight"},
                 {"column-sum", "7.bias.gradient"},
                 {"update", "7.bias"},
                 {"dropout", "node.6.gradient"},
                 {"derivative", "node.5.gradient"},
                 {"gemm", "node.4.gradient"},
                 {"gemm", "4.weight.gradient"},
                 {"update", "4.weight"},
                 {"column-sum", "4.bias.gradient"},
                 {"update", "4.bias"},
                 {"dropout", "node.3.gradient"},
                 {"derivative", "node.2.gradient"},
                 {"gemm", "1.weight.gradient"},
                 {"update", "1.weight"},
                 {"column-sum", "1.bias.gradient"},
                 {"update", "1.bias"}};
    static const char *const parameters[] = {"1.weight", "1.bias", "4.weight", "4.bias", "7.weight", "7.bias"};
    clonal_graph *g = parsed(CHAPTER);
    clonal__program p = {0};
    (void)state;
    assert_int_equal(clonal__differentiate(g, CLONAL__TRAINING, 0, &p), CLONAL_OK);
    assert_int_equal(clonal__insert_updates(&p, &plain_sgd), CLONAL_OK);
    assert_int_equal(p.instruction_count, sizeof steps / sizeof *steps);
    for (size_t i = 0; i < p.instruction_count; i++) {
        assert_string_equal(p.instructions[i].code->name, steps[i].code);
        assert_string_equal(p.values[p.instructions[i].out].name, steps[i].out);
    }
    assert_int_equal(p.parameter_count, 6);
    for (size_t i = 0; i < 6; i++) assert_string_equal(p.parameters[i].name, parameters[i]);
    clonal__gemm_shape s = clonal__gemm_shape_of(&p, &p.instructions[1], 61);
    assert_true(s.m == 61 && s.n == 256 && s.k == 784 && !s.ta && s.tb);
    s = clonal__gemm_shape_of(&p, &p.instructions[26], 61);
    assert_true(s.m == 256 && s.n == 784 && s.k == 61 && s.ta && !s.tb);
    clonal__program_free(&p);
    assert_int_equal(clonal__differentiate(g, CLONAL__EVALUATION, 0, &p), CLONAL_OK);
    assert_int_equal(p.instruction_count, 1 + 3 * 2 + 2 + 1); /* dropout is the same value, and nothing to do */
    assert_string_equal(p.values[p.output].name, "node.8.value");
    clonal__program_free(&p);
    clonal_graph_destroy(g);
}

/* By CPUs' products the chapter's step is ten launches: the load, the loss, and eight products that do the rest. */
static void chapter_fused(void **state)
{
    clonal_graph *g = parsed(CHAPTER);
    clonal__program p = {0};
    (void)state;
    assert_int_equal(clonal__differentiate(g, CLONAL__TRAINING, 0, &p), CLONAL_OK);
    assert_int_equal(clonal__insert_updates(&p, &plain_sgd), CLONAL_OK);
    for (size_t i = 0; i < p.instruction_count; i++) p.instructions[i].choice.kind = CLONAL__GEMM_NATIVE;
    assert_int_equal(clonal__fuse(&p, 256), CLONAL_OK);
    assert_true(p.instruction_count <= 10);
    for (size_t i = 0; i < p.instruction_count; i++)
        assert_true(strcmp(p.instructions[i].code->name, "load") == 0 ||
                    p.instructions[i].code->role == CLONAL__ROLE_PRODUCT ||
                    p.instructions[i].code->role == CLONAL__ROLE_LOSS);
    clonal__program_free(&p);
    clonal_graph_destroy(g);
}

/* The first variant of the native kernel that can have a loss within a product of this shape. */
static int variant_with_loss(const clonal__gemm_shape *shape)
{
    for (int v = 0; v < CLONAL__NATIVE_NUMBERS; v++)
        if (clonal__native_holds_rows(shape, v)) return v;
    fail_msg("no variant holds rows of %u", shape->n);
    return -1;
}

static size_t losses_within(const clonal__program *p)
{
    size_t count = 0;
    for (size_t i = 0; i < p->instruction_count; i++) count += p->instructions[i].epilogue.loss != NULL;
    return count;
}

/* A program of these products, all by one variant, fused at 256 rows. */
static void fuse_by(const char *text, clonal__mode mode, int variant, clonal__program *p)
{
    clonal_graph *g = parsed(text);
    assert_int_equal(clonal__differentiate(g, mode, 0, p), CLONAL_OK);
    if (mode == CLONAL__TRAINING) assert_int_equal(clonal__insert_updates(p, &plain_sgd), CLONAL_OK);
    for (size_t i = 0; i < p->instruction_count; i++)
        p->instructions[i].choice = (clonal__gemm_choice){.kind = CLONAL__GEMM_NATIVE, .variant = variant};
    assert_int_equal(clonal__fuse(p, 256), CLONAL_OK);
    clonal_graph_destroy(g);
}

/* By the forms of GPUs the chapter's step is its eight products: the two that read the samples gather them, and the
 * loss is within the one that makes the logits, which then makes their gradient. Not where the logits are wanted, by
 * others or as the output, nor behind a function or a mask; nor where rows are too long, or another loss. */
static void losses_fused(void **state)
{
    static const char *const none[] = {
        "0 input 7\n1 linear 0 10\n2 relu 1\n3 softmax_cross_entropy 2\n",
        "0 input 7\n1 linear 0 10\n2 dropout 1 0.5\n3 softmax_cross_entropy 2\n",
        "0 input 10\n1 linear 0 10\n2 add 1 0\n3 softmax_cross_entropy 2\n",
        "0 input 7\n1 linear 0 1000\n2 softmax_cross_entropy 1\n",
        "0 input 7\n1 linear 0 10\n2 mean_squared_error 1\n",
    };
    const clonal__gemm_shape last = {256, 10, 256, false, true, 0};
    const int variant = variant_with_loss(&last);
    clonal__program p = {0};
    (void)state;
    fuse_by(CHAPTER, CLONAL__TRAINING, variant, &p);
    assert_int_equal(p.instruction_count, 8);
    assert_int_equal(losses_within(&p), 1);
    assert_non_null(p.instructions[2].epilogue.loss);
    assert_string_equal(p.values[p.instructions[2].out].name, "node.8.gradient");
    for (size_t i = 0; i < 8; i++) assert_int_equal(p.instructions[i].gathered, i == 0 ? 1 : i == 7 ? 2 : 0);
    clonal__program_free(&p);
    fuse_by(CHAPTER, CLONAL__EVALUATION, variant, &p);
    assert_int_equal(losses_within(&p), 0);
    assert_string_equal(p.values[p.instructions[p.instruction_count - 2].out].name, "node.8.value");
    clonal__program_free(&p);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        fuse_by(none[i], CLONAL__TRAINING, variant, &p);
        assert_int_equal(losses_within(&p), 0);
        clonal__program_free(&p);
    }
}

/* The weight's mask in front of the product, and the gradient's within the product that makes it, with the updates: one
 * launch more than linear nodes take. */
static void dropped_weights_fused(void **state)
{
    clonal_graph *g = parsed("0 input 7\n1 drop_connect 0 9 0.5\n2 relu 1\n3 drop_connect 2 5 0.3\n"
                             "4 softmax_cross_entropy 3\n");
    clonal__program p = {0};
    size_t masks = 0, updates = 0;
    (void)state;
    assert_int_equal(clonal__differentiate(g, CLONAL__TRAINING, 0, &p), CLONAL_OK);
    assert_int_equal(clonal__insert_updates(&p, &plain_sgd), CLONAL_OK);
    for (size_t i = 0; i < p.instruction_count; i++) p.instructions[i].choice.kind = CLONAL__GEMM_NATIVE;
    assert_int_equal(clonal__fuse(&p, 256), CLONAL_OK);
    for (size_t i = 0; i < p.instruction_count; i++) {
        const clonal__instruction *in = &p.instructions[i];
        masks += in->code->role == CLONAL__ROLE_MASK;
        if (in->code->role != CLONAL__ROLE_PRODUCT || !in->epilogue.update) continue;
        updates++;
        assert_true(in->epilogue.dropout && in->epilogue.bias_update);
        assert_int_equal(in->epilogue.mask.stream, CLONAL_STREAM(CLONAL_STREAM_CONNECT, in->node));
    }
    assert_int_equal(p.instruction_count, 1 + 2 * 2 + 1 + 1 + 2);
    assert_int_equal(masks, 2);
    assert_int_equal(updates, 2);
    clonal__program_free(&p);
    assert_int_equal(clonal__differentiate(g, CLONAL__EVALUATION, 0, &p), CLONAL_OK);
    assert_int_equal(p.instruction_count, 1 + 2 + 1 + 2 + 1); /* linear's */
    clonal__program_free(&p);
    clonal_graph_destroy(g);
}

/* Both masks of a node have the same variables, which no other node has. */
static void variables_of_masks(void **state)
{
    clonal_graph *g = parsed("0 input 7\n1 drop_connect 0 9 0.5\n2 dropout 1 0.25\n3 drop_connect 2 5 0.125\n"
                             "4 dropout 3 1\n5 softmax_cross_entropy 4\n");
    static const double probabilities[] = {0.5, 0.25, 0.125, 1};
    clonal__program p = {0};
    clonal__mask *masks;
    size_t count, seen = 0;
    (void)state;
    assert_int_equal(clonal__differentiate(g, CLONAL__TRAINING, 9, &p), CLONAL_OK);
    assert_int_equal(clonal__bind_masks(&p, &masks, &count), CLONAL_OK);
    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(masks[i].variable, CLONAL__VARIABLE_COUNT + CLONAL__MASK_VARIABLES * i);
        assert_int_equal(clonal__mask_node(&masks[i]), i + 1);
        assert_true(masks[i].p == probabilities[i] && masks[i].seed == 9);
    }
    for (size_t i = 0; i < p.instruction_count; i++) {
        const clonal__mask *mask = &p.instructions[i].mask;
        if (p.instructions[i].code->role != CLONAL__ROLE_MASK) continue;
        assert_int_equal(mask->variable, masks[clonal__mask_node(mask) - 1].variable);
        seen++;
    }
    assert_int_equal(seen, 2 * count);
    clonal__free(masks);
    clonal__program_free(&p);
    clonal_graph_destroy(g);
}

/* Whether the kernel may find its output in this input's place: it reads an element before it writes the same one. Said
 * here anew, by name, since the plan goes by what the code claims. */
static bool may_alias(const clonal__instruction *in)
{
    static const char *const may[] = {"bias", "function", "derivative", "dropout",
                                      "add",  "loss",     "normalise",  "stretch"};
    for (size_t i = 0; i < sizeof may / sizeof *may; i++)
        if (strcmp(in->code->name, may[i]) == 0) return true;
    return false;
}

/* Runs the program on slots that hold the numbers of values: every read must find the value it wants. */
static void simulate(const clonal__program *p, uint32_t batch, const size_t *slot_bytes, size_t slot_count,
                     const char *text)
{
    enum { MOST_SLOTS = 4096 };
    int holds[MOST_SLOTS];
    assert_true(slot_count <= MOST_SLOTS);
    for (size_t i = 0; i < slot_count; i++) holds[i] = -1;
    for (size_t i = 0; i < p->instruction_count; i++) {
        const clonal__instruction *in = &p->instructions[i];
        const int reads[] = {in->in[0], in->in[1], in->in[2], in->in[3], in->bias, in->saved};
        int out_slot = in->out == CLONAL__NO_VALUE ? -1 : p->values[in->out].slot;
        for (size_t k = 0; k < 6; k++) {
            if (reads[k] == CLONAL__NO_VALUE || p->values[reads[k]].kind == CLONAL__PARAMETER) continue;
            const clonal__value *v = &p->values[reads[k]];
            if (v->slot < 0 || (size_t)v->slot >= slot_count || holds[v->slot] != reads[k])
                fail_msg("instruction %zu reads %s, whose slot %d holds something else:\n%s", i, v->name, v->slot,
                         text);
            if (v->slot == out_slot && !may_alias(in))
                fail_msg("instruction %zu writes over %s, which it reads:\n%s", i, v->name, text);
        }
        if (in->out == CLONAL__NO_VALUE || p->values[in->out].kind == CLONAL__PARAMETER) continue;
        const clonal__value *out = &p->values[in->out];
        assert_true(out->slot >= 0 && (size_t)out->slot < slot_count);
        assert_true(slot_bytes[out->slot] >= sizeof(float) * clonal__value_rows(out, batch) * out->columns);
        holds[out->slot] = in->out;
    }
    if (!p->training) assert_int_equal(holds[p->values[p->output].slot], p->output);
}

static void check_plan(const char *text, uint32_t batch, bool training, clonal__gemm_kind kind)
{
    clonal_graph *g = parsed(text);
    clonal__program p = {0};
    size_t *slot_bytes, slot_count;
    assert_int_equal(clonal__differentiate(g, training ? CLONAL__TRAINING : CLONAL__EVALUATION, 0, &p), CLONAL_OK);
    if (training) assert_int_equal(clonal__insert_updates(&p, &plain_sgd), CLONAL_OK);
    for (size_t i = 0; i < p.instruction_count; i++) p.instructions[i].choice.kind = kind;
    assert_int_equal(clonal__fuse(&p, batch), CLONAL_OK);
    assert_int_equal(clonal__plan_memory(&p, batch, &slot_bytes, &slot_count), CLONAL_OK);
    simulate(&p, batch, slot_bytes, slot_count, text);
    clonal__free(slot_bytes);
    clonal__program_free(&p);
    clonal_graph_destroy(g);
}

static void memory_plans(void **state)
{
    static const uint32_t batches[] = {1, 3, 61, 1500};
    char text[RANDOM_GRAPH_TEXT] = CHAPTER;
    uint64_t seed = 3;
    (void)state;
    for (int i = 0; i < 1500; i++) {
        for (int way = 0; way < 4; way++)
            check_plan(text, batches[i % 4], way & 1, way & 2 ? CLONAL__GEMM_NATIVE : CLONAL__GEMM_CLBLAST);
        random_graph(&seed, text);
    }
}

/* Slots are shared: the chapter's step needs far fewer than it has values. */
static void slots_are_shared(void **state)
{
    clonal_graph *g = parsed(CHAPTER);
    clonal__program p = {0};
    size_t *bytes, count, values = 0;
    (void)state;
    assert_int_equal(clonal__differentiate(g, CLONAL__TRAINING, 0, &p), CLONAL_OK);
    assert_int_equal(clonal__insert_updates(&p, &plain_sgd), CLONAL_OK);
    assert_int_equal(clonal__plan_memory(&p, 256, &bytes, &count), CLONAL_OK);
    for (size_t i = 0; i < p.value_count; i++) values += p.values[i].kind != CLONAL__PARAMETER;
    assert_true(count <= values / 2);
    clonal__free(bytes);
    clonal__program_free(&p);
    clonal_graph_destroy(g);
}

/* Everything that this layer does on the host. Frees what it made in any case. */
static clonal_status compile(const char *text)
{
    clonal_graph *g = NULL, *copy = NULL;
    clonal__program p = {0};
    clonal__string printed = {0};
    clonal__mask *masks = NULL;
    size_t *bytes = NULL, count, mask_count;
    char *again = NULL;
    clonal_status status = clonal_graph_parse(text, &g);
    if (!status) status = clonal__graph_copy(g, &copy);
    if (!status) status = clonal_graph_print(copy, &again);
    if (!status) status = clonal__differentiate(copy, CLONAL__TRAINING, 1, &p);
    if (!status) status = clonal__insert_updates(&p, &plain_sgd);
    if (!status) status = clonal__bind_masks(&p, &masks, &mask_count);
    for (size_t i = 0; i < p.instruction_count; i++) p.instructions[i].choice.kind = CLONAL__GEMM_NATIVE;
    if (!status) status = clonal__fuse(&p, 8);
    if (!status) status = clonal__plan_memory(&p, 8, &bytes, &count);
    if (!status) status = clonal__program_print(&p, 8, "title", &printed);
    clonal__string_free(&printed);
    clonal__free(bytes);
    clonal__free(masks);
    clonal__program_free(&p);
    clonal_free(again);
    clonal_graph_destroy(copy);
    clonal_graph_destroy(g);
    return status;
}

static size_t heap_in_use(void)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33) && !defined(__SANITIZE_ADDRESS__)
    return mallinfo2().uordblks;
#else
    return 0;
#endif
}

static void every_allocation_fails(void **state)
{
    char text[RANDOM_GRAPH_TEXT] = CHAPTER;
    uint64_t seed = 5;
    (void)state;
    assert_int_equal(compile(CHAPTER), CLONAL_OK);
    for (int i = 0; i < 10; i++) {
        size_t before = 0;
        unsigned long n = 1;
        for (;; n++) {
            clonal__memory_fail_after(n);
            clonal_status status = compile(text);
            clonal__memory_fail_after(0);
            if (status == CLONAL_OK) break;
            assert_failure(text, status, CLONAL_E_MEMORY, "out of memory");
            if (n == 1) before = heap_in_use();
            assert_int_equal(heap_in_use(), before);
        }
        assert_true(n > 20);
        random_graph(&seed, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes),
        cmocka_unit_test(shape_errors),
        cmocka_unit_test(weights_up_to_32_bits),
        cmocka_unit_test(many_layers),
        cmocka_unit_test(nan_is_no_probability),
        cmocka_unit_test(unusable_graphs),
        cmocka_unit_test(missing_rules),
        cmocka_unit_test(round_trips),
        cmocka_unit_test(malformed_texts),
        cmocka_unit_test(mutated_texts),
        cmocka_unit_test(chapter_differentiated),
        cmocka_unit_test(chapter_fused),
        cmocka_unit_test(losses_fused),
        cmocka_unit_test(dropped_weights_fused),
        cmocka_unit_test(variables_of_masks),
        cmocka_unit_test(memory_plans),
        cmocka_unit_test(slots_are_shared),
        cmocka_unit_test(every_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "random_graph.h"

#include "adversary.h"
#include <stdbool.h>
#include <stdio.h>

enum { MOST = 64 };

typedef struct builder {
    uint64_t *state;
    char *text;
    size_t used;
    int count;
    bool taken[MOST];
} builder;

static int below(builder *b, int n)
{
    return (int)(adversary_next(b->state) >> 33) % n;
}

/* One line; `second` is negative for operations of one input. */
static int node(builder *b, const char *operation, int first, int second, const char *attributes)
{
    char inputs[48];
    snprintf(inputs, sizeof inputs, second < 0 ? " %d" : " %d %d", first, second);
    b->used += (size_t)snprintf(b->text + b->used, RANDOM_GRAPH_TEXT - b->used, "%d %s%s%s\n", b->count, operation,
                                inputs, attributes);
    b->taken[first] = true;
    if (second >= 0) b->taken[second] = true;
    return b->count++;
}

/* The last node more often than one before; not the input, which may have two dimensions. */
static int some_node(builder *b)
{
    return below(b, 3) ? b->count - 1 : 1 + below(b, b->count - 1);
}

static void grow(builder *b)
{
    static const char *const plain[] = {"relu", "sigmoid", "tanh", "flatten", "relu", "gelu", "silu"};
    static const char *const p[] = {" 0", " 0.3", " 0.5", " 0.5", " 1"};
    switch (below(b, 10)) {
    case 0:
    case 1:
    case 2:
        if (below(b, 3))
            node(b, "linear", some_node(b), -1, " 9");
        else
            node(b, "drop_connect", some_node(b), -1, below(b, 2) ? " 9 0.5" : " 9 0.3");
        break;
    case 3:
    case 4:
        node(b, plain[below(b, 7)], some_node(b), -1, "");
        break;
    case 5:
    case 6:
        node(b, "dropout", some_node(b), -1, p[below(b, 5)]);
        break;
    case 7:
        node(b, "leaky_relu", some_node(b), -1, p[below(b, 5)]);
        break;
    case 8:
        node(b, "layer_norm", some_node(b), -1, below(b, 2) ? " 1e-05" : " 0.1");
        break;
    default:
        node(b, "add", some_node(b), some_node(b), "");
    }
}

static int untaken(const builder *b, int from)
{
    while (from < b->count && b->taken[from]) from++;
    return from;
}

void random_graph(uint64_t *state, char text[RANDOM_GRAPH_TEXT])
{
    builder b = {.state = state, .text = text, .count = 1, .taken = {false}};
    b.used = (size_t)snprintf(text, RANDOM_GRAPH_TEXT, below(&b, 2) ? "0 input 3,3\n" : "0 input 9\n");
    node(&b, "flatten", 0, -1, "");
    for (int i = 1 + below(&b, 12); i > 0; i--) grow(&b);
    for (int first; (first = untaken(&b, 0)) < b.count - 1;) {
        int second = untaken(&b, first + 1);
        node(&b, "add", first, second, "");
    }
    if (below(&b, 2)) node(&b, "linear", b.count - 1, -1, " 10");
    node(&b, below(&b, 2) ? "softmax_cross_entropy" : "mean_squared_error", b.count - 1, -1, "");
}

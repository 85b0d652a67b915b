/* Dropout from scratch, as the chapter of Dive into Deep Learning writes it (section 5.6.3): dropout_layer, a network
 * of linear layers and ReLU written out by hand, its gradients and its training loop. Of the library it takes the
 * product of matrices, random words and the data. It follows the contract (cl/CONTRACT.md), so that its weights are
 * those that train.c's few lines, the concise form, give on any device: the last line, their digest, is the same.
 *
 * scratch [FOLDER [EPOCHS]]; cc -ffp-contract=off scratch.c $(pkg-config --cflags --libs clonal) -lm */
#include <assert.h>
#include <clonal/clonal.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 256, HIDDEN = 256, CLASSES = 10, LAYERS = 3 };
static const double dropouts[LAYERS - 1] = {0.5, 0.5};
static const float learning_rate = 0.1f;
static clonal_context *device;

static void check(clonal_status status)
{
    if (status != CLONAL_OK) {
        fprintf(stderr, "%s\n", clonal_last_error()->message);
        exit(status);
    }
}

static float *floats(size_t count)
{
    float *room = calloc(count, sizeof *room);
    if (!room) exit(CLONAL_E_MEMORY);
    return room;
}

/* ---- random numbers: word (row, column) of a stream's step, seed 0 ---- */

static void random_row(uint32_t stream, uint32_t step, uint32_t row, uint32_t columns, uint32_t *words)
{
    clonal_philox_host(0, (uint32_t[]){0, row, stream, step}, (columns + 3) / 4, words);
}

static uint32_t *room_for_words(uint32_t columns)
{
    uint32_t *room = calloc(columns + 3, sizeof *room);
    if (!room) exit(CLONAL_E_MEMORY);
    return room;
}

/* ---- the chapter's dropout_layer ---- */

/* The same shape as X, uniform between 0 and 1: the middles of 2^32 equal parts. */
static void rand_like(uint32_t node, uint32_t step, uint32_t rows, uint32_t columns, double *random)
{
    uint32_t *words = room_for_words(columns);
    for (uint32_t i = 0; i < rows; i++) {
        random_row(CLONAL_STREAM(CLONAL_STREAM_DROPOUT, node), step, i, columns, words);
        for (uint32_t j = 0; j < columns; j++) random[(size_t)i * columns + j] = (words[j] + 0.5) * 0x1p-32;
    }
    free(words);
}

/* mask * X / (1 - dropout). mask, if not NULL, receives what each element was multiplied by, for the gradient. A
 * dropped element is +0 whatever it was, which 0 * X is not. */
static void dropout_layer(const float *X, double dropout, uint32_t node, uint32_t step, uint32_t rows, uint32_t columns,
                          float *Y, float *mask)
{
    assert(0 <= dropout && dropout <= 1);
    const size_t count = (size_t)rows * columns;
    const float scale = (float)(1 / (1 - dropout));
    double *random = calloc(count, sizeof *random);
    if (!random) exit(CLONAL_E_MEMORY);
    rand_like(node, step, rows, columns, random);
    for (size_t i = 0; i < count; i++) {
        const int kept = dropout < 1 && random[i] > dropout;
        Y[i] = kept ? X[i] * scale : 0;
        if (mask) mask[i] = kept ? scale : 0;
    }
    free(random);
}

static void demonstrate(double dropout)
{
    float X[16], Y[16];
    for (int i = 0; i < 16; i++) X[i] = (float)i;
    dropout_layer(X, dropout, 0, 0, 2, 8, Y, NULL);
    printf("dropout_p = %g:\n", dropout);
    for (int i = 0; i < 16; i++) printf("%5g%s", (double)Y[i], i % 8 == 7 ? "\n" : "");
}

/* ---- the network: linear, ReLU, dropout; linear, ReLU, dropout; linear ---- */

typedef struct layer {
    uint32_t inputs, outputs, node; /* the node's number in train.c's graph: 2, 5, 8 */
    float *w, *b;                   /* (O,I), (O) */
    float *x;                       /* (B,I): what the last forward pass took */
    float *h, *mask;                /* (B,O): its values before dropout, and what dropout multiplied them by */
} layer;

/* One row of a parameter, uniform in +-bound. */
static void initial_row(uint32_t node, uint32_t step, uint32_t row, uint32_t columns, float bound, float *values)
{
    uint32_t *words = room_for_words(columns);
    random_row(CLONAL_STREAM(CLONAL_STREAM_WEIGHTS, node), step, row, columns, words);
    for (uint32_t j = 0; j < columns; j++) {
        const float u = (float)((int32_t)(words[j] >> 8) - (1 << 23)) * 0x1p-23f;
        values[j] = u * bound;
    }
    free(words);
}

static layer layer_create(uint32_t inputs, uint32_t outputs, uint32_t node)
{
    const float bound = 1 / sqrtf((float)inputs);
    layer l = {inputs, outputs, node, NULL, NULL, NULL, NULL, NULL};
    l.w = floats((size_t)outputs * inputs);
    l.b = floats(outputs);
    l.x = floats((size_t)BATCH * inputs);
    l.h = floats((size_t)BATCH * outputs);
    l.mask = floats((size_t)BATCH * outputs);
    for (uint32_t i = 0; i < outputs; i++) initial_row(node, 0, i, inputs, bound, l.w + (size_t)i * inputs);
    initial_row(node, 1, 0, outputs, bound, l.b);
    return l;
}

static void layer_free(layer *l)
{
    free(l->w);
    free(l->b);
    free(l->x);
    free(l->h);
    free(l->mask);
}

/* h (rows,O) = x (rows,I) . w^T + b */
static void linear(layer *l, uint32_t rows)
{
    check(clonal_multiply(device, rows, l->outputs, l->inputs, false, l->x, true, l->w, l->h));
    for (size_t i = 0; i < (size_t)rows * l->outputs; i++) l->h[i] = l->h[i] + l->b[i % l->outputs];
}

static void relu(float *x, size_t count)
{
    for (size_t i = 0; i < count; i++) x[i] = 0 > x[i] ? 0 : x[i];
}

/* From the samples in layers[0].x to the outputs in layers[LAYERS-1].h. */
static void forward(layer *layers, uint32_t step, uint32_t rows)
{
    for (int i = 0; i < LAYERS; i++) {
        layer *l = &layers[i];
        linear(l, rows);
        if (i == LAYERS - 1) return;
        relu(l->h, (size_t)rows * l->outputs);
        dropout_layer(l->h, dropouts[i], l->node + 2, step, rows, l->outputs, layers[i + 1].x, l->mask);
    }
}

/* ---- loss and gradients ---- */

/* e^x for x up to 0, by the contract's operations (section 1), each of which rounds alike everywhere. */
static float exponential(float x)
{
    const float z = -104 > x ? -104 : x, shifted = fmaf(z, 0x1.715476p+0f, 0x1.8p+23f), n = shifted - 0x1.8p+23f;
    const float r0 = fmaf(n, -0x1.62e430p-1f, z), r = fmaf(n, 0x1.05c610p-29f, r0);
    const float rest = fmaf(n, 0x1.05c610p-29f, r0 - r);
    float q = fmaf(0x1.6a77e8p-10f, r, 0x1.1238b0p-7f);
    q = fmaf(q, r, 0x1.555890p-5f);
    q = fmaf(q, r, 0x1.555494p-3f);
    q = fmaf(q, r, 0x1.fffffcp-2f);
    const float y = 1 + (r + fmaf(r * r, q, rest));
    const int k = (int)n, half = (int)floorf((float)k / 2);
    return ldexpf(ldexpf(y, half), k - half);
}

/* Softmax and cross-entropy of outputs z (C): dz (C) receives the gradient of the mean over `rows` rows. */
static float loss_row(const float *z, uint32_t label, uint32_t rows, float *dz)
{
    const float share = (float)(1.0 / rows);
    float most = z[0], sum = 0;
    for (int c = 1; c < CLASSES; c++) most = z[c] > most ? z[c] : most;
    for (int c = 0; c < CLASSES; c++) sum = sum + (dz[c] = exponential(z[c] - most));
    const float reciprocal = 1 / sum;
    for (uint32_t c = 0; c < CLASSES; c++) dz[c] = (dz[c] * reciprocal - (c == label ? 1 : 0)) * share;
    return logf(sum) - (z[label] - most);
}

static void step_down(float *parameter, const float *gradient, size_t count)
{
    for (size_t i = 0; i < count; i++) parameter[i] = fmaf(-learning_rate, gradient[i], parameter[i]);
}

/* Takes dy, the gradient at the layer's linear output, to dx, the one at its input (NULL: not wanted), and steps its
 * parameters down. */
static void linear_backward(layer *l, const float *dy, uint32_t rows, float *dx)
{
    float *dw = floats((size_t)l->outputs * l->inputs), *db = floats(l->outputs);
    if (dx) check(clonal_multiply(device, rows, l->inputs, l->outputs, false, dy, false, l->w, dx));
    check(clonal_multiply(device, l->outputs, l->inputs, rows, true, dy, false, l->x, dw));
    for (size_t i = 0; i < (size_t)rows * l->outputs; i++) db[i % l->outputs] = db[i % l->outputs] + dy[i];
    step_down(l->w, dw, (size_t)l->outputs * l->inputs);
    step_down(l->b, db, l->outputs);
    free(dw);
    free(db);
}

/* dy (rows,C): the gradient at the outputs. */
static void backward(layer *layers, float *dy, uint32_t rows)
{
    for (int i = LAYERS - 1; i >= 0; i--) {
        const layer *before = i > 0 ? &layers[i - 1] : NULL;
        const size_t count = before ? (size_t)rows * before->outputs : 0;
        float *dx = before ? floats(count) : NULL;
        linear_backward(&layers[i], dy, rows, dx);
        for (size_t j = 0; j < count; j++) { /* through dropout, then ReLU */
            dx[j] = before->mask[j] > 0 ? dx[j] * before->mask[j] : 0;
            dx[j] = before->h[j] > 0 ? dx[j] : 0;
        }
        free(dy);
        dy = dx;
    }
}

/* ---- training ---- */

static void shuffle(uint32_t epoch, uint32_t count, uint32_t *order)
{
    uint32_t *words = room_for_words(count);
    random_row(CLONAL_STREAM(CLONAL_STREAM_SHUFFLE, 0), epoch, 0, count, words);
    for (uint32_t i = 0; i < count; i++) order[i] = i;
    for (uint32_t i = count - 1; i >= 1; i--) {
        const uint32_t j = (uint32_t)((uint64_t)words[i] * (i + 1) >> 32), other = order[j];
        order[j] = order[i];
        order[i] = other;
    }
    free(words);
}

/* Trains an epoch; the mean of its losses. */
static double train_epoch(layer *layers, const clonal_dataset *data, uint32_t epoch, uint32_t *step)
{
    const uint32_t count = (uint32_t)clonal_dataset_count(data);
    uint32_t *order = room_for_words(count);
    double losses = 0;
    shuffle(epoch, count, order);
    for (uint32_t first = 0; first < count; first += BATCH, ++*step) {
        const uint32_t rows = count - first < BATCH ? count - first : BATCH;
        float *dz = floats((size_t)rows * CLASSES);
        for (uint32_t i = 0; i < rows; i++)
            check(clonal_dataset_samples(data, order[first + i], 1, layers[0].x + (size_t)i * layers[0].inputs));
        forward(layers, *step, rows);
        for (uint32_t i = 0; i < rows; i++)
            losses += loss_row(layers[LAYERS - 1].h + i * CLASSES, clonal_dataset_label(data, order[first + i]), rows,
                               dz + i * CLASSES);
        backward(layers, dz, rows);
    }
    free(order);
    return losses / count;
}

/* The weights in a model of the library, which evaluates and saves them. */
static void evaluate_and_save(const layer *layers, const clonal_dataset *data, size_t rank, const uint32_t *shape)
{
    clonal_graph *graph;
    clonal_model *model;
    double loss, accuracy;
    char digest[72];
    check(clonal_graph_create(&graph));
    clonal_node x = clonal_flatten(graph, clonal_input(graph, rank, shape));
    for (int i = 0; i < LAYERS - 1; i++)
        x = clonal_dropout(graph, clonal_relu(graph, clonal_linear(graph, x, HIDDEN)), dropouts[i]);
    clonal_softmax_cross_entropy(graph, clonal_linear(graph, x, CLASSES));
    check(clonal_model_create(device, graph, NULL, &model));
    for (size_t i = 0; i < LAYERS; i++) {
        check(clonal_model_write_parameter(model, 2 * i, layers[i].w));
        check(clonal_model_write_parameter(model, 2 * i + 1, layers[i].b));
    }
    check(clonal_model_evaluate(model, data, &loss, &accuracy));
    check(clonal_model_save(model, "weights.safetensors", digest));
    printf("validation loss %.4f, accuracy %.4f\n%s\n", loss, accuracy, digest);
    clonal_model_destroy(model);
    clonal_graph_destroy(graph);
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : NULL; /* NULL: Fashion-MNIST */
    const uint32_t epochs = argc > 2 ? (uint32_t)atoi(argv[2]) : 1;
    clonal_dataset *train, *test;
    uint32_t shape[4], step = 0;
    size_t rank;
    for (int i = 0; i <= 2; i++) demonstrate(i * 0.5);

    check(clonal_dataset_open(folder, CLONAL_SPLIT_TRAIN, &train));
    check(clonal_dataset_open(folder, CLONAL_SPLIT_TEST, &test));
    check(clonal_context_create(NULL, &device)); /* the best device, or what CLONAL_DEVICE names */
    const uint32_t inputs = (uint32_t)clonal_dataset_shape(train, &rank, shape);
    layer layers[LAYERS] = {layer_create(inputs, HIDDEN, 2), layer_create(HIDDEN, HIDDEN, 5),
                            layer_create(HIDDEN, CLASSES, 8)};
    for (uint32_t epoch = 0; epoch < epochs; epoch++)
        printf("epoch %u: train loss %.4f\n", epoch + 1, train_epoch(layers, train, epoch, &step));
    evaluate_and_save(layers, test, rank, shape);

    for (int i = 0; i < LAYERS; i++) layer_free(&layers[i]);
    clonal_context_destroy(device);
    clonal_dataset_destroy(train);
    clonal_dataset_destroy(test);
}

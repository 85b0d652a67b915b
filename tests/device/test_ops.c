/* Every operation of host/ops against the reference, bit for bit: odd sizes, poisoned outputs, guards, in-place use,
 * special values. ctest: PLATFORMS pocl rusticl intel oclgrind pocl+as-gpu intel+as-gpu */
#include "device_test.h"

#include "adversary.h"
#include "functions.h"
#include "host/ops/ops.h"
#include "host/ops/random.h"
#include "ref_gemm.h"
#include "ref_graph.h"
#include "ref_math.h"
#include "ref_noise.h"
#include "ref_ops.h"
#include "ref_philox.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t row_counts[] = {1, 61}, column_counts[] = {1, 33, 61, 1000};

/* Calls `body` for every size; wide ones are left out on oclgrind. */
static void for_sizes(void (*body)(uint32_t rows, uint32_t columns))
{
    for (size_t r = 0; r < 2; r++)
        for (size_t c = 0; c < 4; c++)
            if (!device_is_simulator() || row_counts[r] * column_counts[c] <= 61 * 33)
                body(row_counts[r], column_counts[c]);
}

static void check(const char *what, guarded *buffer, const float *wanted)
{
    size_t count = buffer->bytes / sizeof(float);
    float *got = ref_alloc(count, sizeof *got);
    guarded_read(buffer, got);
    assert_bits(what, got, wanted, count);
    free(got);
}

/* y of a separate, poisoned buffer, then in each input's place. The inputs that are not overwritten stay as they were.
 */
typedef clonal_status append_binary(clonal__launch_list *list, uint32_t rows, uint32_t columns, cl_mem a, cl_mem b,
                                    cl_mem y);

static void check_binary(const char *what, append_binary *append, uint32_t rows, uint32_t columns, const float *a,
                         size_t b_count, const float *b, const float *wanted)
{
    size_t bytes = sizeof(float) * rows * columns;
    int places = b_count == (size_t)rows * columns ? 3 : 2;
    for (int place = 0; place < places; place++) {
        clonal__launch_list list = {.context = device()};
        guarded buffers[3] = {guarded_create(bytes, NULL), guarded_create(bytes, a),
                              guarded_create(b_count * sizeof(float), b)};
        assert_ok(append(&list, rows, columns, buffers[1].mem, buffers[2].mem, buffers[place].mem));
        run_list(&list, 0, 0);
        check(what, &buffers[place], wanted);
        if (place != 1) check("first input", &buffers[1], a);
        if (place != 2) check("second input", &buffers[2], b);
        for (int i = 0; i < 3; i++) guarded_free(&buffers[i]);
    }
}

static clonal_status append_add(clonal__launch_list *list, uint32_t rows, uint32_t columns, cl_mem a, cl_mem b,
                                cl_mem y)
{
    return clonal__append_sum(list, rows * columns, a, b, y);
}

static void bias_of_size(uint32_t rows, uint32_t columns)
{
    uint64_t state = rows * 10000 + columns;
    size_t count = (size_t)rows * columns;
    float *x = adversarial_floats(&state, count), *b = adversarial_floats(&state, columns),
          *y = ref_alloc(count, sizeof *y);
    for (size_t i = 0; i < count; i++) y[i] = x[i] + b[i % columns];
    if (rows > 1) check_binary("bias", clonal__op_bias, rows, columns, x, columns, b, y);
    ref_add(y, x, x, count);
    if (rows > 1) check_binary("add of itself", append_add, rows, columns, x, count, x, y);
    free(x), free(b), free(y);
}
static void bias(void **state)
{
    (void)state;
    for_sizes(bias_of_size);
}

static void add_of_size(uint32_t rows, uint32_t columns)
{
    uint64_t state = rows * 10000 + columns + 1;
    size_t count = (size_t)rows * columns;
    float *a = adversarial_floats(&state, count), *b = adversarial_floats(&state, count),
          *y = ref_alloc(count, sizeof *y);
    ref_add(y, a, b, count);
    check_binary("add", append_add, rows, columns, a, count, b, y);
    free(a), free(b), free(y);
}
static void add(void **state)
{
    (void)state;
    for_sizes(add_of_size);
}

static const tested_function *chosen;

static clonal_status append_function(clonal__launch_list *list, uint32_t rows, uint32_t columns, cl_mem a, cl_mem b,
                                     cl_mem y)
{
    (void)b;
    return clonal__op_function(list, function_of(chosen), chosen->argument, rows * columns, a, y);
}

static clonal_status append_derivative(clonal__launch_list *list, uint32_t rows, uint32_t columns, cl_mem a, cl_mem b,
                                       cl_mem y)
{
    return clonal__op_derivative(list, function_of(chosen), chosen->argument, rows * columns, a, b, y);
}

static void function_of_size(uint32_t rows, uint32_t columns)
{
    for (size_t i = 0; i < tested_function_count; i++) {
        uint64_t state = rows * 10000 + columns + 2;
        size_t count = (size_t)rows * columns;
        float *x = adversarial_floats(&state, count), *dy = adversarial_floats(&state, count);
        float *y = ref_alloc(count, sizeof *y), *dx = ref_alloc(count, sizeof *dx);
        chosen = &tested_functions[i];
        chosen->forward(y, x, chosen->argument, count);
        check_binary(chosen->name, append_function, rows, columns, x, 1, x, y);
        chosen->backward(dx, dy, y, chosen->argument, count);
        check_binary(chosen->name, append_derivative, rows, columns, dy, count, y, dx);
        chosen->backward(dx, dy, x, chosen->argument, count); /* of any saved: it may be no output of f */
        check_binary(chosen->name, append_derivative, rows, columns, dy, count, x, dx);
        free(x), free(dy), free(y), free(dx);
    }
}
static void activations(void **state)
{
    (void)state;
    check_tested_functions();
    for_sizes(function_of_size);
}

static void column_sum(void **unused)
{
    static const uint32_t sizes[][2] = {{1, 1},     {1, 33},    {61, 61},  {61, 1},   {3, 1000},   {1023, 3},
                                        {1024, 33}, {1025, 33}, {2049, 5}, {3000, 1}, {1030, 200}, {65000, 2}};
    (void)unused;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes - device_is_simulator(); i++) {
        uint32_t rows = sizes[i][0], columns = sizes[i][1];
        if (device_is_simulator() && rows * columns > 9000) columns = 1;
        for (int special = 0; special < 2; special++) {
            uint64_t state = i + 1;
            size_t count = (size_t)rows * columns;
            float *x = special ? adversarial_floats(&state, count) : plain_floats(&state, count, 3),
                  *y = ref_alloc(columns, sizeof *y);
            ref_linear_db(y, x, rows, columns);
            clonal__launch_list list = {.context = device()};
            guarded in = guarded_create(count * sizeof *x, x), out = guarded_create(columns * sizeof *y, NULL);
            assert_ok(clonal__op_column_sum(&list, rows, columns, in.mem, out.mem));
            run_list(&list, 0, 0);
            check("column_sum", &out, y);
            check("column_sum's input", &in, x);
            guarded_free(&in), guarded_free(&out);
            free(x), free(y);
        }
    }
}

/* Each is the product of two columns. */
static void column_dot(void **unused)
{
    static const uint32_t sizes[][2] = {{1, 1}, {61, 33}, {1025, 64}, {2049, 5}, {1030, 200}};
    (void)unused;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes - device_is_simulator(); i++) {
        const uint32_t rows = sizes[i][0], columns = sizes[i][1];
        uint64_t state = i + 1;
        const size_t count = (size_t)rows * columns;
        float *a = adversarial_floats(&state, count), *b = adversarial_floats(&state, count),
              *y = ref_alloc(columns, sizeof *y);
        for (uint32_t j = 0; j < columns; j++)
            ref_gemm(true, false, 1, 1, rows, a + j, columns, b + j, columns, y + j, 1);
        clonal__launch_list list = {.context = device()};
        guarded in_a = guarded_create(count * sizeof *a, a), in_b = guarded_create(count * sizeof *b, b),
                out = guarded_create(columns * sizeof *y, NULL);
        assert_ok(clonal__op_column_dot(&list, rows, columns, in_a.mem, in_b.mem, out.mem));
        run_list(&list, 0, 0);
        check("column_dot", &out, y);
        guarded_free(&in_a), guarded_free(&in_b), guarded_free(&out);
        free(a), free(b), free(y);
    }
}

/* A data set of `samples` on the device with a shuffle; sample i of a batch at `place` is order[place + i]. */
typedef struct resident {
    clonal__feed feed;
    guarded samples, labels, targets, order, row_loss, correct;
    uint32_t *host_order, *host_labels;
} resident;

static resident resident_create(uint64_t *state, uint32_t samples, size_t sample_bytes, const void *values,
                                uint32_t classes, const float *targets)
{
    resident r = {.host_order = ref_alloc(samples, 4), .host_labels = ref_alloc(samples, 4)};
    ref_shuffle(r.host_order, samples, *state, 3);
    for (uint32_t i = 0; i < samples; i++)
        r.host_labels[i] = (uint32_t)(adversary_next(state) % (classes ? classes : 1));
    r.samples = guarded_create(samples * sample_bytes, values);
    r.labels = guarded_create(samples * 4, r.host_labels);
    r.targets = guarded_create(targets ? sizeof(float) * samples * classes : 4, targets);
    r.order = guarded_create(samples * 4, r.host_order);
    r.row_loss = guarded_create(samples * 4, NULL);
    r.correct = guarded_create(samples, NULL);
    r.feed = (clonal__feed){.samples = r.samples.mem,
                            .labels = r.labels.mem,
                            .targets = r.targets.mem,
                            .has_targets = targets != NULL,
                            .order = r.order.mem,
                            .shuffled = true,
                            .row_loss = r.row_loss.mem,
                            .correct = r.correct.mem};
    return r;
}

static void resident_free(resident *r)
{
    guarded *all[] = {&r->samples, &r->labels, &r->targets, &r->order, &r->row_loss, &r->correct};
    for (size_t i = 0; i < 6; i++) guarded_free(all[i]);
    free(r->host_order), free(r->host_labels);
}

static uint32_t sample_of(const resident *r, uint32_t place, uint32_t row)
{
    return r->feed.shuffled ? r->host_order[place + row] : place + row;
}

static void pixels(void **unused)
{
    enum { N = 4, COLUMNS = 256 };
    uint8_t samples[N * COLUMNS];
    float wanted[COLUMNS];
    uint64_t state = 4;
    (void)unused;
    for (int i = 0; i < N * COLUMNS; i++) samples[i] = (uint8_t)(i % COLUMNS);
    for (int i = 0; i < COLUMNS; i++) wanted[i] = (float)i / 255.0f;
    resident r = resident_create(&state, N, COLUMNS, samples, 0, NULL);
    guarded x = guarded_create(sizeof wanted, NULL);
    clonal__launch_list list = {.context = device()};
    assert_ok(clonal__op_load(&list, &r.feed, 1, COLUMNS, x.mem));
    run_list(&list, 0, 0);
    check("u/255", &x, wanted);
    guarded_free(&x), resident_free(&r);
}

static void load_of_size(uint32_t rows, uint32_t columns)
{
    enum { PLACE = 3 };
    uint32_t n = PLACE + rows + 2;
    uint64_t state = rows * 10000 + columns + 3;
    size_t count = (size_t)n * columns;
    float *floats = adversarial_floats(&state, count), *wanted = ref_alloc((size_t)rows * columns, sizeof *wanted);
    uint8_t *bytes = ref_alloc(count, 1);
    for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)adversary_next(&state);
    for (int kind = 0; kind < 4; kind++) {
        bool is_float = kind & 1;
        resident r = resident_create(&state, n, columns * (is_float ? 4 : 1), is_float ? (void *)floats : (void *)bytes,
                                     0, NULL);
        r.feed.is_float = is_float;
        r.feed.shuffled = kind & 2;
        for (uint32_t i = 0; i < rows; i++)
            for (uint32_t c = 0; c < columns; c++) {
                size_t from = (size_t)sample_of(&r, PLACE, i) * columns + c;
                wanted[(size_t)i * columns + c] = is_float ? floats[from] : (float)bytes[from] / 255.0f;
            }
        guarded x = guarded_create(sizeof(float) * rows * columns, NULL);
        clonal__launch_list list = {.context = device()};
        assert_ok(clonal__op_load(&list, &r.feed, rows, columns, x.mem));
        run_list(&list, 0, PLACE);
        check(is_float ? "load_f32" : "load_u8", &x, wanted);
        guarded_free(&x), resident_free(&r);
    }
    free(floats), free(wanted), free(bytes);
}
static void load(void **state)
{
    (void)state;
    for_sizes(load_of_size);
}

/* What the losses leave for one sample of the batch and for all others: nothing. */
static void check_figures(const resident *r, uint32_t n, uint32_t place, uint32_t rows, const float *loss,
                          const uint8_t *correct)
{
    float *losses = ref_alloc(n, sizeof *losses), poison;
    uint8_t *corrects = ref_alloc(n, 1);
    memset(&poison, 0xff, sizeof poison);
    guarded_read(&r->row_loss, losses);
    guarded_read(&r->correct, corrects);
    assert_bits("row losses", losses + place, loss, rows);
    assert_memory_equal(corrects + place, correct, rows);
    for (uint32_t i = 0; i < n; i++)
        if (i < place || i >= place + rows) {
            assert_memory_equal(&losses[i], &poison, sizeof poison);
            assert_int_equal(corrects[i], 0xff);
        }
    free(losses), free(corrects);
}

typedef clonal_status append_loss(clonal__launch_list *list, const clonal__feed *feed, uint32_t rows, uint32_t columns,
                                  cl_mem z, cl_mem dz);

/* Evaluation (no gradient), training, training in place. */
static void check_loss(const char *what, append_loss *append, resident *r, uint32_t n, uint32_t place, uint32_t rows,
                       uint32_t columns, const float *z, const float *loss, const uint8_t *correct, const float *dz)
{
    size_t bytes = sizeof(float) * rows * columns;
    for (int way = 0; way < 3; way++) {
        guarded in = guarded_create(bytes, z), out = guarded_create(bytes, NULL);
        guarded_free(&r->row_loss), guarded_free(&r->correct);
        r->row_loss = guarded_create(4 * n, NULL);
        r->correct = guarded_create(n, NULL);
        r->feed.row_loss = r->row_loss.mem;
        r->feed.correct = r->correct.mem;
        clonal__launch_list list = {.context = device()};
        assert_ok(append(&list, &r->feed, rows, columns, in.mem, way == 0 ? NULL : way == 1 ? out.mem : in.mem));
        run_list(&list, 0, place);
        check_figures(r, n, place, rows, loss, correct);
        if (way == 1) check(what, &out, dz);
        check(what, &in, way == 2 ? dz : z);
        guarded_free(&in), guarded_free(&out);
    }
}

/* Rows of plain values, some of values far apart, some with infinities and NaN, some all the same. */
static float *outputs(uint64_t *state, uint32_t rows, uint32_t columns)
{
    float *z = plain_floats(state, (size_t)rows * columns, 8);
    for (uint32_t i = 0; i < rows; i++) {
        float *row = z + (size_t)i * columns;
        for (uint32_t c = 0; c < columns; c++) {
            if (i % 8 == 1) row[c] *= 20;
            if (i % 8 == 2) row[c] = 1.5f;
            if (i % 8 == 3) row[c] = adversary_float(state);
            if (i % 8 == 4 && adversary_next(state) % 4 == 0) row[c] = -ref_float(0x7f800000u);
        }
    }
    return z;
}

static void losses_of_size(uint32_t rows, uint32_t columns)
{
    enum { PLACE = 2 };
    uint32_t n = PLACE + rows + 3;
    size_t count = (size_t)rows * columns;
    uint64_t state = rows * 10000 + columns + 4;
    float *z = outputs(&state, rows, columns), *loss = ref_alloc(rows, 4), *e = ref_alloc(count, 4),
          *s = ref_alloc(rows, 4), *dz = ref_alloc(count, 4);
    float *targets = outputs(&state, n, columns), *batch_targets = ref_alloc(count, 4);
    uint32_t *labels = ref_alloc(rows, 4);
    uint8_t *correct = ref_alloc(rows, 1);
    /* cross-entropy, squared error of labels, each in order and shuffled; of targets */
    for (int kind = 0; kind < 5; kind++) {
        bool with_targets = kind == 4, squared = kind >= 2;
        resident r = resident_create(&state, n, 1, NULL, columns, with_targets ? targets : NULL);
        r.feed.shuffled = kind & 1;
        for (uint32_t i = 0; i < rows; i++) {
            uint32_t sample = sample_of(&r, PLACE, i);
            labels[i] = r.host_labels[sample];
            memcpy(batch_targets + (size_t)i * columns, targets + (size_t)sample * columns, columns * 4);
            correct[i] = !with_targets && ref_class(z + (size_t)i * columns, columns) == labels[i];
        }
        if (squared) {
            ref_mean_squared_error(loss, e, z, labels, with_targets ? batch_targets : NULL, rows, columns);
            ref_mean_squared_error_dy(dz, e, rows, columns);
        } else {
            ref_softmax_cross_entropy(loss, e, s, z, labels, rows, columns);
            ref_softmax_cross_entropy_dz(dz, e, s, labels, rows, columns);
        }
        check_loss(squared ? "squared_error" : "cross_entropy",
                   squared ? clonal__op_squared_error : clonal__op_cross_entropy, &r, n, PLACE, rows, columns, z, loss,
                   correct, dz);
        resident_free(&r);
    }
    free(z), free(loss), free(e), free(s), free(dz), free(targets), free(batch_targets), free(labels), free(correct);
}
static void losses(void **state)
{
    (void)state;
    for_sizes(losses_of_size);
    losses_of_size(17, 10);
    if (!device_is_simulator()) losses_of_size(2, 1025), losses_of_size(9, 2049);
}

static void softmax(void **unused)
{
    static const uint32_t sizes[][2] = {{1, 1}, {61, 10}, {61, 33}, {5, 1000}, {2, 1025}};
    (void)unused;
    for (size_t i = 0; i < (device_is_simulator() ? 2 : 5); i++) {
        uint32_t rows = sizes[i][0], columns = sizes[i][1];
        uint64_t state = i + 5;
        size_t count = (size_t)rows * columns;
        float *z = outputs(&state, rows, columns), *loss = ref_alloc(rows, 4), *p = ref_alloc(count, 4),
              *s = ref_alloc(rows, 4);
        uint32_t *labels = ref_alloc(rows, 4);
        ref_softmax_cross_entropy(loss, p, s, z, labels, rows, columns);
        for (size_t k = 0; k < count; k++) p[k] = p[k] * ref_recip(s[k / columns]);
        guarded in = guarded_create(count * 4, z), out = guarded_create(count * 4, NULL);
        clonal__launch_list list = {.context = device()};
        assert_ok(clonal__op_softmax(&list, rows, columns, in.mem, out.mem));
        run_list(&list, 0, 0);
        check("softmax", &out, p);
        guarded_free(&in), guarded_free(&out);
        free(z), free(loss), free(p), free(s), free(labels);
    }
}

static void update(void **unused)
{
    static const uint32_t counts[] = {1, 33, 61, 1000, 61 * 33};
    (void)unused;
    for (size_t i = 0; i < 5 * tested_update_count; i++) {
        const uint32_t count = counts[i / tested_update_count];
        const tested_update *u = &tested_updates[i % tested_update_count];
        const clonal__update_form form = form_of(device(), u);
        uint64_t state = i + 6;
        float scalars[CLONAL__UPDATE_SCALARS];
        float *w = adversarial_floats(&state, count), *first = adversarial_floats(&state, count),
              *second = adversarial_floats(&state, count), *g = adversarial_floats(&state, count);
        guarded weights = guarded_create(count * 4, w), gradient = guarded_create(count * 4, g),
                states[2] = {guarded_create(count * 4, first), guarded_create(count * 4, second)};
        /* a state that the optimizer does not keep may be no buffer */
        const cl_mem given[CLONAL__MOST_STATES] = {form.states > 0 ? states[0].mem : NULL,
                                                   form.states > 1 ? states[1].mem : NULL};
        reference_update(u, w, first, second, g, count);
        scalars_of(u, scalars);
        clonal__launch_list list = {.context = device()};
        assert_ok(clonal__append_update(&list, &form, count, gradient.mem, weights.mem, given));
        run_list_scalars(&list, 0, 0, scalars);
        check("weights", &weights, w);
        check("first state", &states[0], first);
        check("second state", &states[1], second);
        check("gradient", &gradient, g);
        guarded_free(&weights), guarded_free(&gradient), guarded_free(&states[0]), guarded_free(&states[1]);
        free(w), free(first), free(second), free(g);
    }
}

static void dropout_of_size(uint32_t rows, uint32_t columns)
{
    static const double probabilities[] = {0, 0.3, 0.5, 0.999, 1};
    size_t count = (size_t)rows * columns;
    uint64_t state = rows * 10000 + columns + 7;
    float *x = adversarial_floats(&state, count), *y = ref_alloc(count, 4);
    uint8_t *keep = ref_alloc(count, 1);
    for (int i = 0; i < 5 * 3 * 2; i++) {
        double p = probabilities[i / 6];
        bool in_place = i & 1;
        clonal__mask mask = {.seed = 0x123456789abcdef0u + (uint64_t)i,
                             .stream = CLONAL_STREAM(CLONAL_STREAM_DROPOUT, 7)};
        uint32_t step = i % 3 == 0 ? 0xffffffffu : (uint32_t)i;
        assert_ok(clonal_dropout_parameters(p, &mask.threshold, &mask.scale));
        assert_int_equal(mask.threshold, ref_dropout_threshold(p));
        ref_mask(keep, rows, columns, p, mask.seed, mask.stream, step);
        ref_dropout(y, x, keep, ref_dropout_scale(p), count);
        guarded in = guarded_create(count * 4, x), out = guarded_create(count * 4, NULL);
        clonal__launch_list list = {.context = device()};
        clonal__dropout_force_form(1 + (i / 2) % 3);
        assert_ok(clonal__op_dropout(&list, &mask, rows, columns, in.mem, in_place ? in.mem : out.mem));
        run_list(&list, step, 0);
        clonal__dropout_force_form(0);
        check("dropout", in_place ? &in : &out, y);
        guarded_free(&in), guarded_free(&out);
    }
    free(x), free(y), free(keep);
}
static void dropout(void **state)
{
    (void)state;
    for_sizes(dropout_of_size);
    dropout_of_size(3, 64);
    dropout_of_size(3, 128);
    dropout_of_size(2, 203);
}

/* One element, of its word. */
static float random_function(const char *name, const clonal__mask *m, float x, uint32_t word)
{
    if (strcmp(name, "gaussian_noise") == 0) return fmaf(m->scale, ref_normal32(word), x);
    if (strcmp(name, "gaussian_dropout") == 0) return x * fmaf(m->scale, ref_normal32(word), 1.0f);
    if (strcmp(name, "alpha_dropout") == 0) return word < m->threshold ? m->dropped : fmaf(x, m->scale, m->shift);
    return fmaf(m->scale, (float)((int32_t)(word >> 8) - (1 << 23)) * 0x1p-23f, x);
}

/* With the words of both forms of the kernel, in place and not; the last rounds' mask keeps nothing. */
static void noise_of_size(uint32_t rows, uint32_t columns)
{
    static const char *const names[] = {"gaussian_noise", "gaussian_dropout", "uniform_noise", "alpha_dropout"};
    size_t count = (size_t)rows * columns;
    uint64_t state = rows * 10000 + columns + 8;
    float *x = adversarial_floats(&state, count), *y = ref_alloc(count, 4);
    for (unsigned i = 0; i < 4 * 4; i++) {
        const char *name = names[i % 4];
        bool in_place = i / 4 & 1;
        const clonal__mask mask = {.threshold = i < 12 ? UINT32_C(0x51234567) : UINT64_C(1) << 32,
                                   .scale = 1.25f + (float)i,
                                   .shift = -0.3f,
                                   .dropped = 17.5f,
                                   .seed = 0x123456789abcdef0u + i,
                                   .stream = CLONAL_STREAM(CLONAL_STREAM_DROPOUT, 9)};
        uint32_t step = i % 3 == 0 ? 0xffffffffu : i;
        for (size_t at = 0; at < count; at++)
            y[at] = random_function(name, &mask, x[at],
                                    ref_word(mask.seed, mask.stream, step, (uint32_t)(at / columns), at % columns));
        guarded in = guarded_create(count * 4, x), out = guarded_create(count * 4, NULL);
        clonal__launch_list list = {.context = device()};
        clonal__dropout_force_form(1 + (int)(i / 8));
        assert_ok(clonal__op_noise(&list, name, &mask, rows, columns, in.mem, in_place ? in.mem : out.mem));
        run_list(&list, step, 0);
        clonal__dropout_force_form(0);
        check(name, in_place ? &in : &out, y);
        guarded_free(&in), guarded_free(&out);
    }
    free(x), free(y);
}

static void noise(void **state)
{
    (void)state;
    for_sizes(noise_of_size);
    noise_of_size(3, 64);
}

static void spatial_dropout_of(uint32_t rows, uint32_t channels, uint32_t elements, double p, bool in_place)
{
    size_t count = (size_t)rows * channels * elements;
    uint64_t state = rows * 10000 + channels * 100 + elements;
    const struct ref_node node = {.op = REF_SPATIAL_DROPOUT,
                                  .rank = 2,
                                  .shape = {channels, elements},
                                  .columns = (size_t)channels * elements,
                                  .attribute = p};
    const struct ref_draw draw = {.seed = 0xfedcba9876543210u, .node = 4, .step = 77};
    clonal__mask mask = {.seed = draw.seed, .stream = CLONAL_STREAM(CLONAL_STREAM_DROPOUT, 4)};
    float *x = adversarial_floats(&state, count), *y = ref_alloc(count, 4);
    uint8_t *keep = ref_alloc((size_t)rows * channels, 1);
    ref_noise(&node, draw, y, x, keep, NULL, rows);
    assert_ok(clonal_dropout_parameters(p, &mask.threshold, &mask.scale));
    guarded in = guarded_create(count * 4, x), out = guarded_create(count * 4, NULL);
    clonal__launch_list list = {.context = device()};
    assert_ok(clonal__op_spatial_dropout(&list, &mask, rows, channels, elements, in.mem, in_place ? in.mem : out.mem));
    run_list(&list, draw.step, 0);
    check("spatial_dropout", in_place ? &in : &out, y);
    guarded_free(&in), guarded_free(&out);
    free(x), free(y), free(keep);
}

static void spatial_dropout(void **state)
{
    static const uint32_t sizes[][3] = {{1, 1, 1}, {61, 3, 17}, {5, 33, 16}, {7, 6, 15}, {9, 1, 100}, {2, 61, 2}};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        spatial_dropout_of(sizes[i][0], sizes[i][1], sizes[i][2], i == 1 ? 0.3 : 0.5, i % 2);
    spatial_dropout_of(4, 5, 6, 0, true);
    spatial_dropout_of(4, 5, 6, 1, false);
}

/* Rows so wide that Mesa's llvmpipe would leave their loops early are refused there, and correct elsewhere; those that
 * it can make are correct there too. */
static void long_loops(void **unused)
{
    const char *platform = getenv("CLONAL_TEST_PLATFORM");
    bool limited = platform && !strcmp(platform, "rusticl");
    (void)unused;
    if (device_is_simulator()) skip();
    losses_of_size(2, 16300);
    if (!limited) losses_of_size(2, 16500);
    guarded buffer = guarded_create(4, NULL);
    clonal__launch_list list = {.context = device()};
    clonal_status status = clonal__op_softmax(&list, 1, 70000, buffer.mem, buffer.mem);
    if (limited)
        assert_fails(status, CLONAL_E_CONTRACT, "leaves a kernel's loops before their end");
    else
        assert_ok(status);
    clonal__list_clear(&list);
    guarded_free(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bias),       cmocka_unit_test(add),        cmocka_unit_test(activations),
        cmocka_unit_test(column_sum), cmocka_unit_test(column_dot), cmocka_unit_test(pixels),
        cmocka_unit_test(load),       cmocka_unit_test(noise),      cmocka_unit_test(spatial_dropout),
        cmocka_unit_test(losses),     cmocka_unit_test(softmax),    cmocka_unit_test(update),
        cmocka_unit_test(dropout),    cmocka_unit_test(long_loops)};
    return DEVICE_TEST_MAIN(tests);
}

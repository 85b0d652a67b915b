/* test_sweep.c: a sweep through the library: what it comes to, cancelled and gone on with, and what it refuses.
 * ctest: PLATFORMS pocl intel */
#include "train_test.h"

#include <clonal/sweep.h>
#include <math.h>

/* Settings of the tests' data: two axes of two values, and one of its own; three seeds. */
static clonal_sweep_plan *plan_of(const char *epochs)
{
    static const uint64_t seeds[] = {3, 0, UINT64_MAX};
    clonal_sweep_plan *plan;
    assert_ok(clonal_sweep_plan_create(&plan));
    assert_ok(clonal_sweep_plan_base(plan, "data", data_folder));
    assert_ok(clonal_sweep_plan_base(plan, "batch", "1"));
    assert_ok(clonal_sweep_plan_base(plan, "batch", "32"));
    assert_ok(clonal_sweep_plan_base(plan, "hidden", "9"));
    assert_ok(clonal_sweep_plan_base(plan, "epochs", epochs));
    assert_ok(clonal_sweep_plan_grid(plan, "lr", "0.25,0.5"));
    assert_ok(clonal_sweep_plan_axis(plan, "dropout", 2, (const char *const[]){"0.5", "0"}));
    assert_ok(clonal_sweep_plan_add(plan, "adam", 2, (const clonal_setting[]){{"optimizer", "adam"}, {"lr", "0.01"}}));
    assert_ok(clonal_sweep_plan_seeds(plan, 3, seeds));
    return plan;
}

static clonal_sweep *swept(const clonal_sweep_plan *plan, const char *out)
{
    clonal_sweep *sweep;
    clonal_context *context = device();
    assert_ok(clonal_sweep_train(1, &context, plan, out, NULL, &sweep));
    return sweep;
}

static void same_run(const clonal_sweep_run *a, const clonal_sweep_run *b)
{
    assert_true(a->finished && b->finished && a->exact == b->exact && a->seed == b->seed && a->epochs == b->epochs);
    assert_string_equal(a->digest, b->digest);
    assert_int_equal(a->best_epoch, b->best_epoch);
    for (size_t i = 0; i < a->epochs; i++) {
        assert_true(a->metrics[i].val_loss == b->metrics[i].val_loss);
        assert_string_equal(a->metrics[i].digest, b->metrics[i].digest);
    }
}

static void what_it_comes_to(void **state)
{
    static const char *const labels[] = {"lr 0.25 dropout 0.5", "lr 0.25 dropout 0", "lr 0.5 dropout 0.5",
                                         "lr 0.5 dropout 0", "adam"};
    clonal_sweep_plan *plan = plan_of("2");
    clonal_sweep *sweep = swept(plan, in_folder("sweep")), *opened;
    (void)state;
    assert_int_equal(sweep->axis_count, 2);
    assert_string_equal(sweep->axes[1].name, "dropout");
    assert_string_equal(sweep->axes[1].values[1], "0");
    assert_true(sweep->setting_count == 5 && sweep->seed_count == 3 && sweep->finished == 15);
    for (size_t i = 0; i < 5; i++) {
        const clonal_sweep_setting *s = &sweep->settings[i];
        assert_string_equal(s->label, labels[i]);
        assert_true(i == 4 ? !s->at : s->at[0] == i / 2 && s->at[1] == i % 2);
        double sum = 0;
        for (size_t j = 0; j < 3; j++) sum += sweep->runs[3 * i + j].metrics[1].val_accuracy;
        assert_true(s->val_accuracy.count == 3 && fabs(s->val_accuracy.mean - sum / 3) < 1e-12);
        assert_true(s->val_loss.deviation > 0 && s->val_loss.low < s->val_loss.mean);
    }
    clonal_run_settings s = settings_of(in_folder("single"), UINT64_MAX);
    const uint32_t hidden = 9;
    const double dropout = 0;
    s.perceptron = (clonal_perceptron){.hidden = &hidden, .dropout = &dropout, .hidden_count = 1, .activation = "relu"};
    s.model.optimizer = clonal_optimizer_default();
    s.model.optimizer.learning_rate = 0.5f;
    s.epochs = 2;
    assert_string_equal(finished(&s).digest, sweep->runs[3 * 3 + 2].digest);
    assert_string_equal(sweep->runs[3 * 3 + 2].digest, sweep->runs[3 * 3 + 2].metrics[1].digest);

    assert_ok(clonal_sweep_open(in_folder("sweep"), &opened));
    assert_int_equal(opened->finished, 15);
    for (size_t i = 0; i < 15; i++) same_run(&sweep->runs[i], &opened->runs[i]);
    clonal_sweep_destroy(opened);
    clonal_sweep_destroy(sweep);
    clonal_sweep_plan_destroy(plan);
}

typedef struct hearing {
    size_t runs, progresses, most; /* calls; runs after which it cancels, 0: never */
    size_t reused, done;           /* as first told, as last told */
    double parts;                  /* the largest */
} hearing;

static int hear_start(const clonal_sweep *sweep, const clonal_sweep_progress *p, void *user)
{
    hearing *h = user;
    h->reused = p->reused;
    assert_true(p->runs == sweep->setting_count * sweep->seed_count && p->done == p->reused);
    return 0;
}

static int hear_progress(const clonal_sweep_progress *p, void *user)
{
    hearing *h = user;
    h->progresses++;
    assert_true(p->parts >= 0 && p->parts <= 1 && p->done < p->runs);
    if (p->parts > h->parts) h->parts = p->parts;
    return 0;
}

static int hear_run(const clonal_sweep *sweep, size_t run, size_t context, const clonal_sweep_progress *p, void *user)
{
    hearing *h = user;
    assert_true(sweep->runs[run].finished && context == 0 && p->done == sweep->finished);
    h->done = p->done;
    return ++h->runs == h->most;
}

static void cancelled_and_gone_on(void **state)
{
    clonal_sweep_plan *plan = plan_of("2");
    clonal_sweep *whole = swept(plan, in_folder("whole")), *sweep;
    clonal_context *context = device();
    const char *out = in_folder("parts");
    hearing h = {.most = 4};
    const clonal_sweep_listener listener = {hear_start, hear_progress, hear_run, &h};
    (void)state;
    assert_fails(clonal_sweep_train(1, &context, plan, out, &listener, &sweep), CLONAL_E_CANCELLED,
                 "cancelled with 4 of 15 runs finished");
    assert_true(!sweep && h.runs == 4 && h.done == 4 && h.reused == 0 && h.progresses >= 8 && h.parts > 0.4);
    assert_ok(clonal_sweep_open(in_folder("parts"), &sweep));
    assert_int_equal(sweep->finished, 4);
    /* the first seed of all settings comes first */
    for (size_t i = 0; i < 15; i++) assert_true(sweep->runs[i].finished == (i % 3 == 0 && i / 3 < 4));
    assert_true(sweep->settings[0].val_loss.count == 1 && isnan(sweep->settings[0].val_loss.low));
    assert_int_equal(sweep->settings[4].val_loss.count, 0);
    clonal_sweep_destroy(sweep);
    h = (hearing){.most = 0};
    assert_ok(clonal_sweep_train(1, &context, plan, in_folder("parts"), &listener, &sweep));
    assert_true(h.reused == 4 && h.runs == 11 && h.done == 15);
    for (size_t i = 0; i < 15; i++) same_run(&sweep->runs[i], &whole->runs[i]);
    clonal_sweep_destroy(sweep);
    clonal_sweep_destroy(whole);
    clonal_sweep_plan_destroy(plan);
}

/* Seeds of one purpose that are the run's own in some runs and not in others are no other settings. */
static void own_seeds(void **state)
{
    clonal_sweep_plan *plan = plan_of("1"), *other = plan_of("1");
    (void)state;
    assert_ok(clonal_sweep_plan_base(plan, "seed-init", "3"));
    clonal_sweep *with = swept(plan, in_folder("with")), *without = swept(other, in_folder("without"));
    for (size_t i = 0; i < with->setting_count; i++)
        assert_string_not_equal(with->settings[i].digest, without->settings[i].digest);
    same_run(&with->runs[0], &without->runs[0]); /* of seed 3 */
    assert_string_not_equal(with->runs[1].digest, without->runs[1].digest);
    clonal_sweep_destroy(with);
    clonal_sweep_destroy(without);
    clonal_sweep_plan_destroy(plan);
    clonal_sweep_plan_destroy(other);
}

static void refusals(void **state)
{
    clonal_sweep_plan *plan = plan_of("1");
    clonal_context *contexts[] = {device(), device()};
    char digest[13], again[13];
    (void)state;
    assert_fails(clonal_sweep_train(2, contexts, plan, in_folder("no"), NULL, NULL), CLONAL_E_ARGUMENT, "are the same");
    assert_fails(clonal_sweep_plan_base(plan, "seed", "1"), CLONAL_E_ARGUMENT, "'seed' is no setting of a sweep");
    assert_fails(clonal_sweep_plan_grid(plan, "lr", "0.1"), CLONAL_E_ARGUMENT, "the grid has lr twice");
    assert_ok(clonal_sweep_plan_digest(plan, digest));
    assert_fails(clonal_sweep_plan_grid(plan, "beta", "0.9:0.9,"), CLONAL_E_ARGUMENT, "beta has an empty value");
    assert_fails(clonal_sweep_plan_add(plan, "a\nb", 0, NULL), CLONAL_E_ARGUMENT,
                 "the label holds a control character");
    assert_ok(clonal_sweep_plan_digest(plan, again));
    assert_string_equal(digest, again); /* what was refused left nothing */
    assert_ok(clonal_sweep_plan_add(plan, "adam", 1, (const clonal_setting[]){{"lr", "0.75"}}));
    assert_fails(clonal_sweep_train(1, contexts, plan, in_folder("no"), NULL, NULL), CLONAL_E_ARGUMENT,
                 "two settings have the label 'adam'");
    assert_ok(clonal_sweep_plan_add(plan, NULL, 1, (const clonal_setting[]){{"batch", "1000"}}));
    assert_fails(clonal_sweep_train(1, contexts, plan, in_folder("no"), NULL, NULL), CLONAL_E_ARGUMENT,
                 "batch 1000: a batch of 1000 is larger");
    clonal_sweep_plan_destroy(plan);
    struct stat there;
    assert_int_equal(stat(in_folder("no"), &there), -1);
    clonal_sweep *sweep;
    assert_fails(clonal_sweep_open(in_folder("no"), &sweep), CLONAL_E_IO, "holds no sweep");
    assert_null(sweep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TRAIN_TEST(what_it_comes_to), TRAIN_TEST(cancelled_and_gone_on),
                                       TRAIN_TEST(own_seeds), TRAIN_TEST(refusals)};
    return DEVICE_TEST_MAIN(tests);
}

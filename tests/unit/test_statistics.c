/* test_statistics.c: Student's t, intervals and contrasts against SciPy's numbers, by tests/vectors/make_statistics.py.
 */
#include <clonal/statistics.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { SEEDS = 6 };

/* t, degrees, P(|T| > |t|) */
static const double outside[][3] = {
    {0, 1, 1},
    {1, 1, 0.50000000000000011},
    {12.706204736174699, 1, 0.050000000000000024},
    {-2.5, 3, 0.087706647008065561},
    {0.001, 4, 0.99925000015624998},
    {2.7759999999999998, 4, 0.050022778319976417},
    {1.0000000000000001e-09, 9, 0.99999999922393024},
    {2.2621570000000002, 9, 0.050000013304431629},
    {6.5, 9, 0.00011145078736861532},
    {40, 9, 1.8982998449339822e-11},
    {-300, 9, 2.5858413840388338e-19},
    {1.96, 1000, 0.050273184955748736},
    {5, 1000, 6.7672563646486348e-07},
    {0.29999999999999999, 2.5, 0.78734237149519726},
    {10000000000, 1, 6.3661977236758143e-11},
    {100000, 30, 2.0729068401466254e-129},
    {0.5, 1000000, 0.61707518747237144},
    {2, 39.5, 0.05240955123306533},
    {2, 40, 0.052322343215049187},
    {4, 41, 0.00025849980828606252},
};
/* p, degrees, q */
static const double quantiles[][3] = {
    {0.050000000000000003, 1, 12.706204736174705},
    {0.050000000000000003, 4, 2.7764451051977943},
    {0.050000000000000003, 9, 2.2621571627982053},
    {0.050000000000000003, 29, 2.0452296421327039},
    {0.01, 4, 4.604094871349993},
    {0.5, 3, 0.7648923284043444},
    {9.9999999999999995e-07, 9, 11.636782027328891},
    {0.90000000000000002, 2, 0.14213381090374025},
    {0.050000000000000003, 1000, 1.9623390808264085},
    {0.31731050786291409, 1000000, 1.0000005000002503},
};
/* accuracies: both, first alone, second alone, neither */
static const double arms[4][SEEDS] = {
    {0.87129999999999996, 0.86880000000000002, 0.87409999999999999, 0.87019999999999997, 0.86950000000000005,
     0.87239999999999995},
    {0.86919999999999997, 0.86899999999999999, 0.87219999999999998, 0.86890000000000001, 0.87009999999999998,
     0.87060000000000004},
    {0.87450000000000006, 0.86990000000000001, 0.876, 0.87329999999999997, 0.87190000000000001, 0.87470000000000003},
    {0.875, 0.87109999999999999, 0.87539999999999996, 0.87409999999999999, 0.87360000000000004, 0.87609999999999999},
};
/* mean, deviation, low, high, t, p */
static const double estimates[][6] = {
    {0.87104999999999999, 0.0019685019685029325, 0.86898418387704757, 0.87311581612295242, 1083.8841284339355,
     1.2687779330529791e-14},
    {0.0010499999999999954, 0.0011606032913962965, -0.00016797845777186235, 0.0022679784577718529, 2.2160580182639773,
     0.077511516645946368},
    {0.0018833333333333109, 0.00089758936416746513, 0.00094137106458439727, 0.0028252956020822246, 5.1395502959423451,
     0.0036467105318738202},
    {0.0018833333333333109, 0.00089758936416746513, 0.00040579758634569623, 0.0033608690803209255, 5.1395502959423451,
     0.0036467105318738202},
};

static void assert_near(double found, double wanted, double tolerance)
{
    if (!(fabs(found - wanted) <= tolerance * fabs(wanted))) fail_msg("%.17g where SciPy has %.17g", found, wanted);
}

static void test_outside(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        assert_near(clonal_student_outside(outside[i][0], outside[i][1]), outside[i][2], 1e-12);
        assert_near(clonal_student_outside(-outside[i][0], outside[i][1]), outside[i][2], 1e-12);
    }
    assert_true(clonal_student_outside(INFINITY, 4) == 0 && clonal_student_outside(1e200, 4) == 0);
    assert_true(isnan(clonal_student_outside(NAN, 4)) && isnan(clonal_student_outside(1, 0)));
    assert_true(isnan(clonal_student_outside(1, NAN)) && isnan(clonal_student_outside(1, INFINITY)));
}

static void test_quantile(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++)
        assert_near(clonal_student_quantile(quantiles[i][0], quantiles[i][1]), quantiles[i][2], 1e-10);
    assert_true(clonal_student_quantile(1, 3) < 1e-15);
    const double none[][2] = {{0, 3}, {-1, 3}, {1.1, 3}, {0.5, 0}, {NAN, 3}, {0.5, NAN}, {0.5, INFINITY}};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_true(isnan(clonal_student_quantile(none[i][0], none[i][1])));
}

static void assert_estimate(const clonal_estimate *e, const double wanted[6])
{
    const double found[] = {e->mean, e->deviation, e->low, e->high, e->t, e->p};
    assert_int_equal(e->count, SEEDS);
    for (int i = 0; i < 6; i++) assert_near(found[i], wanted[i], 1e-9);
}

static void test_estimates(void **state)
{
    static const double pair[] = {1, -1}, interaction[] = {1, -1, -1, 1};
    clonal_estimate e;
    (void)state;
    assert_int_equal(clonal_estimate_mean(arms[0], SEEDS, 0.95, &e), CLONAL_OK);
    assert_estimate(&e, estimates[0]);
    assert_int_equal(clonal_estimate_contrast(arms[0], 2, SEEDS, pair, 0.95, &e), CLONAL_OK);
    assert_estimate(&e, estimates[1]);
    assert_int_equal(clonal_estimate_contrast(arms[0], 4, SEEDS, interaction, 0.95, &e), CLONAL_OK);
    assert_estimate(&e, estimates[2]);
    assert_int_equal(clonal_estimate_contrast(arms[0], 4, SEEDS, interaction, 0.99, &e), CLONAL_OK);
    assert_estimate(&e, estimates[3]);
}

static void test_edges(void **state)
{
    static const double same[] = {0.5, 0.5, 0.5}, zeros[] = {0, 0}, broken[] = {1, NAN, 2}, one[] = {3};
    clonal_estimate e;
    (void)state;
    assert_int_equal(clonal_estimate_mean(same, 3, 0.95, &e), CLONAL_OK);
    assert_true(e.mean == 0.5 && e.deviation == 0 && e.low == 0.5 && e.high == 0.5 && isinf(e.t) && e.p == 0);
    assert_int_equal(clonal_estimate_mean(zeros, 2, 0.95, &e), CLONAL_OK);
    assert_true(e.mean == 0 && e.low == 0 && e.high == 0 && e.t == 0 && e.p == 1);
    assert_int_equal(clonal_estimate_mean(one, 1, 0.95, &e), CLONAL_OK);
    assert_true(e.mean == 3 && isnan(e.deviation) && isnan(e.low) && isnan(e.high) && isnan(e.t) && isnan(e.p));
    assert_int_equal(clonal_estimate_mean(broken, 3, 0.95, &e), CLONAL_OK);
    assert_true(e.count == 3 && isnan(e.mean) && isnan(e.low) && isnan(e.high) && isnan(e.p));
    assert_int_equal(clonal_estimate_mean(one, 0, 0.95, &e), CLONAL_E_ARGUMENT);
    assert_int_equal(clonal_estimate_contrast(one, 0, 1, same, 0.95, &e), CLONAL_E_ARGUMENT);
    const double confidences[] = {0, 1, -1, 2, NAN};
    for (size_t i = 0; i < sizeof confidences / sizeof *confidences; i++)
        assert_int_equal(clonal_estimate_mean(same, 3, confidences[i], &e), CLONAL_E_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_outside), cmocka_unit_test(test_quantile),
                                       cmocka_unit_test(test_estimates), cmocka_unit_test(test_edges)};
    return cmocka_run_group_tests_name("statistics", tests, NULL, NULL);
}

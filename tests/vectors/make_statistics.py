"""Prints the numbers of test_statistics.c, by SciPy: python tests/vectors/make_statistics.py"""
import numpy as np
from scipy import stats

OUTSIDE = [(0, 1), (1, 1), (12.7062047361747, 1), (-2.5, 3), (0.001, 4), (2.776, 4), (1e-9, 9), (2.262157, 9), (6.5, 9), (40, 9), (-300, 9),
           (1.96, 1000), (5, 1000), (0.3, 2.5), (1e10, 1), (1e5, 30), (0.5, 1e6), (2, 39.5), (2, 40), (4, 41)]
QUANTILE = [(0.05, 1), (0.05, 4), (0.05, 9), (0.05, 29), (0.01, 4), (0.5, 3), (1e-6, 9), (0.9, 2), (0.05, 1000), (0.3173105078629141, 1e6)]
# accuracies of four arms over six seeds
ARMS = np.array([[0.8713, 0.8688, 0.8741, 0.8702, 0.8695, 0.8724],
                 [0.8692, 0.8690, 0.8722, 0.8689, 0.8701, 0.8706],
                 [0.8745, 0.8699, 0.8760, 0.8733, 0.8719, 0.8747],
                 [0.8750, 0.8711, 0.8754, 0.8741, 0.8736, 0.8761]])


def row(*numbers):
    print("    {" + ", ".join(format(float(number), ".17g") for number in numbers) + "},")


def estimate(values, confidence):
    test = stats.ttest_1samp(values, 0)
    interval = test.confidence_interval(confidence)
    row(values.mean(), values.std(ddof=1), interval.low, interval.high, test.statistic, test.pvalue)


def main():
    print("/* t, degrees, P(|T| > |t|) */")
    for t, degrees in OUTSIDE:
        row(t, degrees, 2 * stats.t.sf(abs(t), degrees))
    print("/* p, degrees, q */")
    for p, degrees in QUANTILE:
        row(p, degrees, stats.t.isf(p / 2, degrees))
    print("/* the arms */")
    for arm in ARMS:
        row(*arm)
    print("/* mean, deviation, low, high, t, p: of an arm; of a pair; of an interaction, at 0.95 and 0.99 */")
    estimate(ARMS[0], 0.95)
    estimate(ARMS[0] - ARMS[1], 0.95)
    assert np.isclose(stats.ttest_rel(ARMS[0], ARMS[1]).pvalue, stats.ttest_1samp(ARMS[0] - ARMS[1], 0).pvalue)
    interaction = ARMS[0] - ARMS[1] - ARMS[2] + ARMS[3]
    estimate(interaction, 0.95)
    estimate(interaction, 0.99)


main()

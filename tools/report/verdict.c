#include "verdict.h"
#include <ctype.h>
#include <math.h>

const verdict_unit verdict_points = {" percentage points", 100, 2}, verdict_plain = {"", 1, 4};

verdict verdict_of(const clonal_estimate *difference)
{
    if (!isfinite(difference->low) || !isfinite(difference->high)) return VERDICT_UNKNOWN;
    if (difference->low > 0) return VERDICT_HIGHER;
    return difference->high < 0 ? VERDICT_LOWER : VERDICT_OPEN;
}

void verdict_interval(text *to, verdict_unit unit, const clonal_estimate *e, double confidence)
{
    text_put(to, "(%.3g %% interval %.*f to %.*f, p ", 100 * confidence, unit.digits, unit.scale * e->low, unit.digits,
             unit.scale * e->high);
    if (e->p < 0.0001)
        text_put(to, "< 0.0001)");
    else
        text_put(to, "= %.*f)", e->p < 0.01 ? 4 : e->p < 0.1 ? 3 : 2, e->p);
}

void verdict_difference(text *to, const char *a, const char *b, const char *what, verdict_unit unit,
                        const clonal_estimate *difference, double confidence)
{
    const verdict found = verdict_of(difference);
    const double by = unit.scale * difference->mean;
    if (found == VERDICT_UNKNOWN) {
        text_put(to, "Whether %s and %s differ in %s cannot be told: %s.", a, b, what,
                 difference->count < 2 ? "there is one seed alone" : "a run has no number for it");
        return;
    }
    if (found == VERDICT_OPEN)
        text_put(to, "No difference in %s between %s and %s is shown: %+.*f%s on average over %zu seeds ", what, a, b,
                 unit.digits, by, unit.name, difference->count);
    else
        text_put(to, "%c%s has a %s %s than %s, by %.*f%s on average over %zu seeds ", toupper((unsigned char)a[0]),
                 a[0] ? a + 1 : a, found == VERDICT_HIGHER ? "higher" : "lower", what, b, unit.digits, fabs(by),
                 unit.name, difference->count);
    verdict_interval(to, unit, difference, confidence);
    text_put(to, ".");
}

void verdict_mean(text *to, verdict_unit unit, const clonal_estimate *e)
{
    if (e->count == 0) {
        text_put(to, "-");
        return;
    }
    text_put(to, "%.*f", unit.digits, unit.scale * e->mean);
    if (isfinite(e->low) && isfinite(e->high))
        text_put(to, " (%.*f to %.*f)", unit.digits, unit.scale * e->low, unit.digits, unit.scale * e->high);
}

/* early_stop.c: see early_stop.h. */
#include "host/run/early_stop.h"

#include "host/run/metrics.h"
#include <math.h>

uint32_t clonal__best_epoch(size_t count, const clonal_epoch_metrics *rows)
{
    uint32_t best = 0;
    double lowest = INFINITY;
    for (size_t i = 0; i < count; i++) {
        const double loss = clonal__metrics_rounded(rows[i].val_loss);
        if (!(loss < lowest)) continue; /* a NaN is never the lowest */
        lowest = loss;
        best = rows[i].epoch;
    }
    return best;
}

bool clonal__stops_early(uint32_t patience, size_t count, const clonal_epoch_metrics *rows)
{
    if (patience == 0 || count == 0) return false;
    return rows[count - 1].epoch - clonal__best_epoch(count, rows) >= patience;
}

/* bench_dropout.c: dropout beside what memory allows, as `clonal bench` measures it: see bench.h. */
#include "support/bench.h"
#include "support/message.h"
#include "support/output.h"

enum { COLUMN_BITS = 8 };

/* Whether two buffers of 2^bits floats fit well. */
static bool fits(const bench *b, int bits)
{
    const clonal_device_info *device = clonal_context_device(b->context);
    const uint64_t bytes = sizeof(float) << bits;
    return bytes <= device->max_allocation_bytes && bytes <= device->global_memory_bytes / 4;
}

int bench_dropout(bench *b)
{
    const int most = clonal_context_device(b->context)->type == CLONAL_DEVICE_CPU ? 26 : 28;
    char room[5][32];
    bench_print(b, "\ndropout p = 0.5, G elements/s\n   elements   dropout scale-copy   copy  dropout/best copy\n");
    for (int bits = 16; bits <= most && fits(b, bits); bits += bits < 24 ? 4 : 2) {
        const double n = (double)((uint64_t)1 << bits) * 1e-9;
        double dropout[BENCH_ROUNDS], scale[BENCH_ROUNDS], copy[BENCH_ROUNDS];
        for (int round = 0; round < BENCH_ROUNDS; round++) {
            clonal_dropout_seconds s;
            const clonal_status status =
                clonal_measure_dropout(b->context, 1u << (bits - COLUMN_BITS), 1u << COLUMN_BITS, 0.5, 7, &s);
            if (status != CLONAL_OK) return fail_status(status);
            dropout[round] = n / s.dropout;
            scale[round] = n / s.scale_copy;
            copy[round] = n / s.copy;
        }
        const double d = bench_median(dropout, BENCH_ROUNDS), s = bench_median(scale, BENCH_ROUNDS),
                     c = bench_median(copy, BENCH_ROUNDS), best = s > c ? s : c;
        bench_print(b, "       2^%d%s%s%s%s\n", bits, bench_text(d, 2, room[0]), bench_text(s, 2, room[1]),
                    bench_text(c, 2, room[2]), bench_text(d / best, 2, room[3]));
        bench_add(b, "dropout",
                  json_pack("{s:I, s:o, s:o, s:o}", "elements", (json_int_t)1 << bits, "dropout_per_second",
                            bench_figure(d * 1e9), "scale_copy_per_second", bench_figure(s * 1e9), "copy_per_second",
                            bench_figure(c * 1e9)));
    }
    return output_flush();
}

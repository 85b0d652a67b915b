/* transform.c: copies of data sets that are rotated or noisy, as other conditions than those of training. Rules:
 * cl/CONTRACT.md, section 4. All in binary64 by operations that round alike everywhere. */
#include "host/data/dataset.h"

#include "host/base/cosine.h"
#include "host/base/float_environment.h"
#include "host/base/memory.h"
#include "host/base/normal.h"
#include <clonal/random.h>
#include <math.h>

/* A float set like `data` whose values are not there yet. */
static clonal_status copy_frame(const clonal_dataset *data, clonal_dataset **copy)
{
    CLONAL__TRY(clonal_dataset_select(data, data->count, NULL, copy));
    clonal__free((*copy)->u8);
    clonal__free((*copy)->f32);
    (*copy)->u8 = NULL;
    (*copy)->f32 = NULL;
    const clonal_status status = clonal__calloc(data->count, data->elements * sizeof(float), &(*copy)->f32);
    if (status == CLONAL_OK) return CLONAL_OK;
    clonal_dataset_destroy(*copy);
    *copy = NULL;
    return status;
}

/* ---- rotation ---- */

/* Images (height,width,channels), and where the point (y,x) from the middle comes from: (c y + s x, c x - s y). */
typedef struct turn {
    size_t height, width, channels;
    double c, s;
} turn;

/* Cosine and sine, exact at multiples of 90 degrees. */
static void set_angle(turn *t, double degrees)
{
    const double within = fmod(degrees, 360), angle = within < 0 ? within + 360 : within;
    const double quarters = floor(angle / 90), rest = angle - 90 * quarters;
    const double c = clonal__cospi(rest / 180), s = rest > 0 ? clonal__cospi((90 - rest) / 180) : 0;
    switch ((int)quarters & 3) {
    case 0:
        t->c = c, t->s = s;
        break;
    case 1:
        t->c = -s, t->s = c;
        break;
    case 2:
        t->c = -c, t->s = -s;
        break;
    default:
        t->c = s, t->s = -c;
    }
}

/* a at share 0, as it is, else a + share (b - a). */
static double between(double a, double b, double share)
{
    if (!(share > 0)) return a;
    const double part = share * (b - a);
    return a + part;
}

static double pixel(const turn *t, const float *image, double y, double x, size_t channel)
{
    if (y < 0 || x < 0 || y >= (double)t->height || x >= (double)t->width) return 0;
    return image[((size_t)y * t->width + (size_t)x) * t->channels + channel];
}

static float rotated_value(const turn *t, const float *image, size_t row, size_t column, size_t channel)
{
    const double middle_y = ((double)t->height - 1) / 2, middle_x = ((double)t->width - 1) / 2;
    const double dy = (double)row - middle_y, dx = (double)column - middle_x;
    const double cy = t->c * dy, sx = t->s * dx, cx = t->c * dx, sy = t->s * dy;
    const double y = middle_y + (cy + sx), x = middle_x + (cx - sy), y0 = floor(y), x0 = floor(x);
    const double above = between(pixel(t, image, y0, x0, channel), pixel(t, image, y0, x0 + 1, channel), x - x0);
    const double below =
        between(pixel(t, image, y0 + 1, x0, channel), pixel(t, image, y0 + 1, x0 + 1, channel), x - x0);
    return (float)between(above, below, y - y0);
}

static void rotate_image(const turn *t, const float *image, float *to)
{
    for (size_t row = 0; row < t->height; row++)
        for (size_t column = 0; column < t->width; column++)
            for (size_t channel = 0; channel < t->channels; channel++)
                *to++ = rotated_value(t, image, row, column, channel);
}

clonal_status clonal_dataset_rotate(const clonal_dataset *data, double degrees, clonal_dataset **rotated)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(rotated);
    *rotated = NULL;
    CLONAL__NEEDS(data);
    if (!isfinite(degrees)) return clonal__fail(CLONAL_E_ARGUMENT, "%g degrees are no angle", degrees);
    if (data->rank != 2 && data->rank != 3)
        return clonal__fail(CLONAL_E_SHAPE,
                            "samples of %zu dimensions cannot be rotated: give images, (height,width) or "
                            "(height,width,channels)",
                            data->rank);
    turn t = {.height = data->shape[0], .width = data->shape[1], .channels = data->rank == 3 ? data->shape[2] : 1};
    float *image;
    set_angle(&t, degrees);
    CLONAL__TRY(clonal__calloc(data->elements, sizeof *image, &image));
    const clonal_status status = copy_frame(data, rotated);
    for (size_t i = 0; status == CLONAL_OK && i < data->count; i++) {
        clonal__dataset_floats(data, i, image);
        rotate_image(&t, image, (*rotated)->f32 + i * data->elements);
    }
    clonal__free(image);
    return status;
}

/* ---- noise ---- */

/* No node of a graph has it, so that no other noise has the same words. */
enum { NOISE_NODE = 0xffffff, BLOCKS = 64 };

/* Adds to one sample, of number `row`. */
static void add_noise(uint64_t seed, uint32_t row, double deviation, size_t count, float *values)
{
    uint32_t words[4 * BLOCKS];
    for (size_t i = 0; i < count; i++) {
        const size_t at = i % (4 * BLOCKS);
        const uint32_t counter[4] = {(uint32_t)(i / 4), row, CLONAL_STREAM(CLONAL_STREAM_NOISE, NOISE_NODE), 0};
        if (at == 0) clonal_philox_host(seed, counter, BLOCKS, words);
        const double noise = clonal__normal_quantile(((double)words[at] + 0.5) * 0x1p-32) * deviation;
        values[i] = (float)((double)values[i] + noise);
    }
}

clonal_status clonal_dataset_add_noise(const clonal_dataset *data, double deviation, uint64_t seed,
                                       clonal_dataset **noisy)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(noisy);
    *noisy = NULL;
    CLONAL__NEEDS(data);
    if (!(deviation >= 0) || !isfinite(deviation))
        return clonal__fail(CLONAL_E_ARGUMENT, "noise of the deviation %g: give a number from 0 up", deviation);
    CLONAL__TRY(copy_frame(data, noisy));
    for (size_t i = 0; i < data->count; i++) {
        float *values = (*noisy)->f32 + i * data->elements;
        clonal__dataset_floats(data, i, values);
        if (deviation > 0) add_noise(seed, (uint32_t)i, deviation, data->elements, values);
    }
    return CLONAL_OK;
}

/* hdf5_walk.c: an HDF5 file as libhdf5 sees it, told through a pipe; runs in a process of its own. */
#include "host/exchange/hdf5_catalogue.h"

#include <errno.h>
#include <hdf5.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_DEPTH = 32, MOST_LINKS = 100000 };

typedef struct walk {
    hid_t file;
    uint64_t file_bytes;
    const char *const *skipped;
    int to;
    char path[CLONAL__HDF5_MOST_NAME + 1];
    size_t depth, links;
    const char *cause; /* why it is refused: static, or room */
    char *room;        /* 256 */
} walk;

static bool refuse(walk *w, const char *what)
{
    snprintf(w->room, 256, "'%.120s' %s", w->path, what);
    w->cause = w->room;
    return false;
}

/* A read-only pipe's end takes small writes whole. */
static bool tell(walk *w, const clonal__hdf5_dataset *dataset)
{
    const char *bytes = (const char *)dataset;
    for (size_t done = 0; done < sizeof *dataset;) {
        const ssize_t n = write(w->to, bytes + done, sizeof *dataset - done);
        if (n < 0 && errno != EINTR) return refuse(w, "cannot be told to who asked");
        if (n > 0) done += (size_t)n;
    }
    return true;
}

/* Bit layouts of IEEE's types and of bfloat16. */
static const struct {
    const char *name;
    size_t bytes, exponent_at, exponent_bits, fraction_bits, bias;
} layouts[] = {
    {"F32", 4, 23, 8, 23, 127}, {"F64", 8, 52, 11, 52, 1023}, {"F16", 2, 10, 5, 10, 15}, {"BF16", 2, 7, 8, 7, 127}};

static bool has_layout(hid_t type, size_t i)
{
    size_t sign, exponent, exponent_bits, fraction, fraction_bits;
    return H5Tget_size(type) == layouts[i].bytes && H5Tget_order(type) == H5T_ORDER_LE &&
           H5Tget_fields(type, &sign, &exponent, &exponent_bits, &fraction, &fraction_bits) >= 0 &&
           sign == 8 * layouts[i].bytes - 1 && exponent == layouts[i].exponent_at &&
           exponent_bits == layouts[i].exponent_bits && fraction == 0 && fraction_bits == layouts[i].fraction_bits &&
           H5Tget_ebias(type) == layouts[i].bias && H5Tget_norm(type) == H5T_NORM_IMPLIED && H5Tget_offset(type) == 0 &&
           H5Tget_precision(type) == 8 * layouts[i].bytes;
}

/* Keras's way with bfloat16: two bytes of no type, and an attribute that says what they are. */
static bool is_bfloat16(hid_t id, hid_t type)
{
    char *text = NULL;
    if (H5Tget_class(type) != H5T_OPAQUE || H5Tget_size(type) != 2 || H5Aexists(id, "dtype") <= 0) return false;
    const hid_t attribute = H5Aopen(id, "dtype", H5P_DEFAULT), string = H5Tcopy(H5T_C_S1),
                space = H5Aget_space(attribute);
    H5Tset_size(string, H5T_VARIABLE);
    H5Tset_cset(string, H5T_CSET_UTF8);
    const bool read = H5Sget_simple_extent_npoints(space) == 1 && H5Aread(attribute, string, &text) >= 0 && text;
    const bool is = read && strcmp(text, "bfloat16") == 0;
    if (read) H5free_memory(text);
    H5Sclose(space);
    H5Tclose(string);
    H5Aclose(attribute);
    return is;
}

static bool look_at_type(walk *w, hid_t id, hid_t type, clonal__hdf5_dataset *dataset)
{
    const H5T_class_t class = H5Tget_class(type);
    dataset->kind = class == H5T_INTEGER || class == H5T_ENUM ? CLONAL__HDF5_WHOLE : CLONAL__HDF5_FLOATS;
    if (dataset->kind == CLONAL__HDF5_WHOLE) return true;
    if (class == H5T_STRING && H5Tis_variable_str(type) == 0) {
        dataset->kind = CLONAL__HDF5_TEXT;
        return true;
    }
    for (size_t i = 0; class == H5T_FLOAT && i < sizeof layouts / sizeof *layouts; i++)
        if (has_layout(type, i)) {
            snprintf(dataset->type, sizeof dataset->type, "%s", layouts[i].name);
            return true;
        }
    if (is_bfloat16(id, type)) {
        snprintf(dataset->type, sizeof dataset->type, "BF16");
        return true;
    }
    return refuse(w, "is of a type that is none of float32, float16, bfloat16 and float64, little-endian");
}

static bool look_at_shape(walk *w, hid_t space, clonal__hdf5_dataset *dataset)
{
    hsize_t sizes[H5S_MAX_RANK];
    const int rank = H5Sget_simple_extent_ndims(space);
    if (H5Sget_simple_extent_type(space) == H5S_NULL) return refuse(w, "is without a shape");
    if (rank < 0 || rank > CLONAL__TENSOR_MAX_RANK) return refuse(w, "has more than 8 dimensions");
    if (H5Sget_simple_extent_dims(space, sizes, NULL) < 0) return refuse(w, "has no shape that libhdf5 can read");
    dataset->rank = (size_t)rank;
    for (int i = 0; i < rank; i++) {
        if (sizes[i] > UINT32_MAX) return refuse(w, "has a dimension of 2^32 or more");
        dataset->shape[i] = (uint32_t)sizes[i];
    }
    return true;
}

/* Only elements that lie in this file, in one piece, are taken. */
static bool look_at_storage(walk *w, hid_t id, hid_t plan, size_t element, clonal__hdf5_dataset *dataset)
{
    const clonal__tensor shape = {.rank = dataset->rank};
    clonal__tensor tensor = shape;
    memcpy(tensor.shape, dataset->shape, sizeof tensor.shape);
    const size_t elements = clonal__tensor_elements(&tensor);
    switch (H5Pget_layout(plan)) {
    case H5D_CONTIGUOUS:
        break;
    case H5D_CHUNKED:
        return refuse(w, "is chunked or compressed, which Keras does not do: h5repack -l CONTI -f NONE mends it");
    case H5D_VIRTUAL:
        return refuse(w, "is virtual: its elements are in other files");
    default:
        return refuse(w, "is not stored in one piece: h5repack -l CONTI mends it");
    }
    if (H5Pget_external_count(plan) != 0) return refuse(w, "has its elements in other files");
    if (elements == 0) return true;
    if (elements > w->file_bytes / element) return refuse(w, "is larger than the file");
    const haddr_t offset = H5Dget_offset(id);
    dataset->bytes = (uint64_t)elements * element;
    if (offset == HADDR_UNDEF || H5Dget_storage_size(id) != dataset->bytes || offset > w->file_bytes ||
        dataset->bytes > w->file_bytes - offset)
        return refuse(w, "has elements that are not in the file");
    dataset->offset = offset;
    return true;
}

static bool look_at_dataset(walk *w, hid_t id)
{
    clonal__hdf5_dataset dataset = {0};
    snprintf(dataset.name, sizeof dataset.name, "%s", w->path);
    const hid_t type = H5Dget_type(id), space = H5Dget_space(id), plan = H5Dget_create_plist(id);
    bool taken = type >= 0 && space >= 0 && plan >= 0
                     ? look_at_type(w, id, type, &dataset) && look_at_shape(w, space, &dataset) &&
                           look_at_storage(w, id, plan, H5Tget_size(type), &dataset)
                     : refuse(w, "cannot be read by libhdf5");
    if (plan >= 0) H5Pclose(plan);
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    return taken && tell(w, &dataset);
}

static bool look_at_member(walk *w, hid_t group, const char *name);

static herr_t each_link(hid_t group, const char *name, const H5L_info_t *link, void *state)
{
    walk *w = state;
    const size_t before = strlen(w->path);
    for (const char *const *s = w->skipped; *s; s++)
        if (strcmp(name, *s) == 0) return 0;
    if (snprintf(w->path + before, sizeof w->path - before, "/%s", name) >= (int)(sizeof w->path - before))
        return refuse(w, "has a name that is too long"), -1;
    if (++w->links > MOST_LINKS) return refuse(w, "is one of more than 100,000 links"), -1;
    if (link->type != H5L_TYPE_HARD) return refuse(w, "is a link to another place or file, which is not followed"), -1;
    if (!look_at_member(w, group, name)) return -1;
    w->path[before] = 0;
    return 0;
}

static bool look_at_group(walk *w, hid_t id)
{
    hsize_t at = 0;
    if (w->depth == MOST_DEPTH) return refuse(w, "is nested more than 32 deep, or in itself");
    w->depth++;
    const herr_t done = H5Literate(id, H5_INDEX_NAME, H5_ITER_INC, &at, each_link, w);
    w->depth--;
    if (w->cause) return false;
    return done < 0 ? refuse(w, "cannot be read by libhdf5") : true;
}

static bool look_at_member(walk *w, hid_t group, const char *name)
{
    const hid_t id = H5Oopen(group, name, H5P_DEFAULT);
    if (id < 0) return refuse(w, "cannot be read by libhdf5");
    const H5I_type_t kind = H5Iget_type(id);
    const bool taken = kind == H5I_GROUP ? look_at_group(w, id) : kind == H5I_DATASET ? look_at_dataset(w, id) : true;
    H5Oclose(id);
    return taken;
}

static bool is_of_kind(const walk *w, const char *name, H5I_type_t kind)
{
    const hid_t id = H5Oopen(w->file, name, H5P_DEFAULT);
    const bool is = id >= 0 && H5Iget_type(id) == kind;
    if (id >= 0) H5Oclose(id);
    return is;
}

/* A member of the root: a hard link too. The group must be there and be one, so that all names below begin with its;
 * the text, where there is one, is a data set. */
static bool look_at_root(walk *w, const char *name, bool must)
{
    H5L_info_t link;
    snprintf(w->path, sizeof w->path, "%s", name);
    if (H5Lexists(w->file, name, H5P_DEFAULT) <= 0)
        return must ? refuse(w, "is not in it, which Keras 3 puts into its files of weights") : true;
    if (H5Lget_info(w->file, name, &link, H5P_DEFAULT) < 0) return refuse(w, "cannot be read by libhdf5");
    if (link.type != H5L_TYPE_HARD) return refuse(w, "is a link to another place or file, which is not followed");
    if (must && !is_of_kind(w, name, H5I_GROUP)) return refuse(w, "is no group, which it is in Keras 3's files");
    if (!must && !is_of_kind(w, name, H5I_DATASET)) return refuse(w, "is no data set");
    return look_at_member(w, w->file, name);
}

const char *clonal__hdf5_walk(const char *path, uint64_t file_bytes, const char *group, const char *text,
                              const char *const *skipped, int to, char room[256])
{
    walk w = {.file_bytes = file_bytes, .skipped = skipped, .to = to, .room = room};
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5PLset_loading_state(0); /* no filters and no drivers from other folders */
    w.file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (w.file < 0) return "libhdf5 cannot open it: it is cut or damaged";
    if (look_at_root(&w, group, true)) look_at_root(&w, text, false);
    H5Fclose(w.file);
    return w.cause;
}

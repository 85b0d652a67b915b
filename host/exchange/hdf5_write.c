/* hdf5_write.c: see hdf5_write.h. */
#include "host/exchange/hdf5_write.h"

#include "host/base/encode.h"
#include "host/base/memory.h"
#include "host/exchange/format.h"
#include "host/exchange/hdf5_catalogue.h"
#include <hdf5.h>
#include <string.h>

enum { GROWTH_BYTES = 1 << 20 };

/* libhdf5 wants a name, and looks whether such a file is there: none can be. */
#define NO_FILE "/dev/null/clonal.h5"

/* Times of making are not written, and elements lie in one piece. */
static hid_t dataset_plan(void)
{
    const hid_t plan = H5Pcreate(H5P_DATASET_CREATE);
    if (plan >= 0) {
        H5Pset_obj_track_times(plan, false);
        H5Pset_layout(plan, H5D_CONTIGUOUS);
    }
    return plan;
}

/* What lies in `group`, with the groups that its name passes through. */
static bool put(hid_t file, const char *name, hid_t type, hid_t space, const void *bytes)
{
    const hid_t plan = dataset_plan(), links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    const hid_t dataset = H5Dcreate2(file, name, type, space, links, plan, H5P_DEFAULT);
    const bool done = dataset >= 0 && H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0;
    H5Dclose(dataset);
    H5Pclose(links);
    H5Pclose(plan);
    return done;
}

static clonal_status put_tensor(hid_t file, const clonal__tensor *tensor, bool *done)
{
    hsize_t sizes[CLONAL__TENSOR_MAX_RANK];
    uint8_t *bytes;
    const size_t elements = clonal__tensor_elements(tensor);
    CLONAL__TRY(clonal__calloc(4 * elements + 1, 1, &bytes));
    clonal__encode_f32(tensor->values, elements, bytes);
    for (size_t i = 0; i < tensor->rank; i++) sizes[i] = tensor->shape[i];
    const hid_t space = tensor->rank ? H5Screate_simple((int)tensor->rank, sizes, NULL) : H5Screate(H5S_SCALAR);
    *done = put(file, tensor->name, H5T_IEEE_F32LE, space, bytes);
    H5Sclose(space);
    clonal__free(bytes);
    return CLONAL_OK;
}

static bool put_text(hid_t file, const char *name, const char *text)
{
    const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, strlen(text));
    H5Tset_cset(type, H5T_CSET_UTF8);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    const bool done = put(file, name, type, space, text);
    H5Sclose(space);
    H5Tclose(type);
    return done;
}

/* The finished file's bytes: clonal__free. */
static clonal_status take_image(hid_t file, char **bytes, size_t *count)
{
    ssize_t size = H5Fflush(file, H5F_SCOPE_GLOBAL) < 0 ? -1 : H5Fget_file_image(file, NULL, 0);
    if (size <= 0) return clonal__fail(CLONAL_E_INTERNAL, "libhdf5 cannot finish a file of weights");
    CLONAL__TRY(clonal__calloc((size_t)size, 1, bytes));
    if (H5Fget_file_image(file, *bytes, (size_t)size) != size)
        return clonal__fail(CLONAL_E_INTERNAL, "libhdf5 does not give a file of weights");
    *count = (size_t)size;
    return CLONAL_OK;
}

static clonal_status make(hid_t file, size_t count, const clonal__tensor *tensors, const char *text_name,
                          const char *text, char **bytes, size_t *byte_count)
{
    bool done = file >= 0;
    for (size_t i = 0; i < count && done; i++) CLONAL__TRY(put_tensor(file, &tensors[i], &done));
    if (done) done = put_text(file, text_name, text);
    if (!done) return clonal__fail(CLONAL_E_INTERNAL, "libhdf5 cannot make a file of weights (is memory short?)");
    return take_image(file, bytes, byte_count);
}

clonal_status clonal__hdf5_write(const char *path, size_t count, const clonal__tensor *tensors, const char *text_name,
                                 const char *text, char digest[72])
{
    char *bytes = NULL;
    size_t byte_count = 0;
    H5E_auto2_t report;
    void *report_data;
    clonal__hdf5_enter();
    H5Eget_auto2(H5E_DEFAULT, &report, &report_data); /* of the program's, should it use libhdf5 too */
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, GROWTH_BYTES, false); /* in memory alone */
    const hid_t file = H5Fcreate(NO_FILE, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    clonal_status status = make(file, count, tensors, text_name, text, &bytes, &byte_count);
    H5Fclose(file);
    H5Pclose(access);
    H5Eset_auto2(H5E_DEFAULT, report, report_data);
    clonal__hdf5_leave();
    if (status == CLONAL_OK) status = clonal__exchange_write(path, bytes, byte_count, digest);
    clonal__free(bytes);
    return status;
}

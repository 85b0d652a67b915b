/* onnx_tensor.c: TensorProto, whose elements are bytes (raw_data) or one of several lists. */
#include "host/exchange/onnx.h"

#include "host/base/number.h"
#include "host/base/tensor_type.h"
#include "host/ir/graph.h"
#include <string.h>

/* The types of floats that are read. NULL: another one. */
static const clonal__tensor_type *type_of(const Onnx__TensorProto *tensor)
{
    switch (tensor->data_type) {
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT:
        return clonal__tensor_type_named("F32");
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16:
        return clonal__tensor_type_named("F16");
    case ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16:
        return clonal__tensor_type_named("BF16");
    case ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE:
        return clonal__tensor_type_named("F64");
    default:
        return NULL;
    }
}

/* How many elements the list of the tensor's type has; those of 16 bits are kept in int32_data. */
static size_t list_length(const Onnx__TensorProto *tensor)
{
    switch (tensor->data_type) {
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT:
        return tensor->n_float_data;
    case ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE:
        return tensor->n_double_data;
    default:
        return tensor->n_int32_data;
    }
}

static clonal_status refuse(const char *path, const Onnx__TensorProto *tensor, const char *cause)
{
    char room[64];
    return clonal__fail(CLONAL_E_FORMAT, "%s: the tensor '%s' %s", path,
                        clonal__printable(tensor->name ? tensor->name : "", room), cause);
}

size_t clonal__onnx_elements(const Onnx__TensorProto *tensor)
{
    uint64_t elements = 1;
    if (tensor->n_dims > CLONAL__TENSOR_MAX_RANK) return 0;
    for (size_t i = 0; i < tensor->n_dims; i++) {
        if (tensor->dims[i] < 1 || tensor->dims[i] > UINT32_MAX) return 0;
        elements *= (uint64_t)tensor->dims[i];
        if (elements > CLONAL__MOST_ELEMENTS) return 0;
    }
    return (size_t)elements;
}

clonal_status clonal__onnx_tensor_check(const char *path, const Onnx__TensorProto *tensor, size_t *elements)
{
    const clonal__tensor_type *type = type_of(tensor);
    *elements = 0;
    if (tensor->n_external_data || tensor->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL)
        return refuse(
            path, tensor,
            "has its data in another file: save it in one, with external_data=False of torch.onnx.export, or by "
            "onnx.save(onnx.load(FILE), ANOTHER)");
    if (!type) return refuse(path, tensor, "is not of floats: FLOAT, FLOAT16, BFLOAT16 or DOUBLE");
    if (tensor->segment) return refuse(path, tensor, "is one segment of several");
    const size_t count = clonal__onnx_elements(tensor);
    if (!count) return refuse(path, tensor, "has a shape that Clonal cannot hold");
    if (tensor->has_raw_data ? tensor->raw_data.len / type->bytes != count || tensor->raw_data.len % type->bytes
                             : list_length(tensor) != count)
        return refuse(path, tensor, "has data of another length than its shape");
    *elements = count;
    return CLONAL_OK;
}

static float element(const Onnx__TensorProto *tensor, const clonal__tensor_type *type, size_t i)
{
    if (tensor->has_raw_data) return type->decode(tensor->raw_data.data + i * type->bytes);
    if (tensor->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT) return tensor->float_data[i];
    if (tensor->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE) return (float)tensor->double_data[i];
    const uint32_t bits = (uint32_t)tensor->int32_data[i];
    const uint8_t bytes[] = {(uint8_t)bits, (uint8_t)(bits >> 8)};
    return type->decode(bytes);
}

void clonal__onnx_floats(const Onnx__TensorProto *tensor, size_t elements, bool transposed, float *values)
{
    const clonal__tensor_type *type = type_of(tensor);
    const size_t columns = transposed ? (size_t)tensor->dims[1] : elements, rows = elements / columns;
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++) values[c * rows + r] = element(tensor, type, r * columns + c);
}

double clonal__onnx_decimal(float value)
{
    char room[CLONAL__NUMBER_ROOM];
    double number = value;
    clonal__number_read(clonal__number_shortest_f32(value, room), &number);
    return number;
}

bool clonal__onnx_scalar(const Onnx__TensorProto *tensor, double *value)
{
    const clonal__tensor_type *type = type_of(tensor);
    if (!type || tensor->segment || tensor->n_external_data ||
        tensor->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL || clonal__onnx_elements(tensor) != 1 ||
        (tensor->has_raw_data ? tensor->raw_data.len != type->bytes : list_length(tensor) != 1))
        return false;
    if (tensor->data_type != ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE)
        *value = clonal__onnx_decimal(element(tensor, type, 0));
    else if (!tensor->has_raw_data)
        *value = tensor->double_data[0];
    else { /* little-endian */
        uint64_t bits = 0;
        for (size_t i = 8; i-- > 0;) bits = bits << 8 | tensor->raw_data.data[i];
        memcpy(value, &bits, sizeof *value);
    }
    return true;
}

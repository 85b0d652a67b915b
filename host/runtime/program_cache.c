/* program_cache.c: see program_cache.h. A file holds "clonal-program 1 <sha256 of the binary> <bytes> <device>\n", then
 * the binary; <device> is for people, and may be missing. */
#include "host/runtime/program_cache.h"

#include "host/base/cache_folder.h"
#include "host/base/digest.h"
#include "host/base/file.h"
#include "host/base/memory.h"
#include <stdio.h>
#include <string.h>

enum { BINARY_LIMIT = CLONAL__PROGRAM_CACHE_MOST };

clonal_status clonal__device_key(const clonal_context *context, char **key)
{
    char platform_version[256] = "";
    clonal__string text = {0};
    *key = NULL;
    if (clGetPlatformInfo(context->platform, CL_PLATFORM_VERSION, sizeof platform_version - 1, platform_version,
                          NULL) != CL_SUCCESS)
        platform_version[0] = 0;
    const clonal_device_info *info = &context->info;
    clonal__string_append(
        &text, "platform %s\nplatform version %s\ndevice %s\nvendor %s\ndevice version %s\ndriver %s\nclonal %s\n",
        info->platform, platform_version, info->name, info->vendor, info->version, info->driver, clonal_version());
    *key = text.text;
    return text.status;
}

void clonal__device_label(const clonal_context *context, char label[CLONAL__DEVICE_LABEL_ROOM])
{
    const clonal_device_info *info = &context->info;
    snprintf(label, CLONAL__DEVICE_LABEL_ROOM, "%s (%s), driver %s", info->name, info->platform, info->driver);
    for (char *c = label; *c; c++)
        if ((unsigned char)*c < ' ') *c = ' ';
}

void clonal__label_copy(const char *text, size_t length, char label[CLONAL__DEVICE_LABEL_ROOM])
{
    size_t count = 0;
    while (count < length && count + 1 < CLONAL__DEVICE_LABEL_ROOM && (unsigned char)text[count] >= ' ') {
        label[count] = text[count];
        count++;
    }
    label[count] = 0;
}

/* Whether the driver itself keeps what it compiled. PoCL does, for each size of a group; asked for a binary it would
 * compile every kernel once more, for any size. */
static bool keeps_its_own(const clonal_context *context)
{
    return strcmp(context->info.platform, "Portable Computing Language") == 0;
}

clonal_status clonal__program_cache_path(const clonal_context *context, const char *name, const char *source,
                                         const char *options, char path[CLONAL__CACHE_PATH_ROOM])
{
    char folder[CLONAL__CACHE_PATH_ROOM - 256], file[192], hex[65], *key;
    path[0] = 0;
    clonal__cache_folder(folder, sizeof folder);
    if (!folder[0] || keeps_its_own(context)) return CLONAL_OK;
    CLONAL__TRY(clonal__device_key(context, &key));
    clonal__digest *digest;
    clonal_status status = clonal__digest_create(&digest);
    if (!status) {
        clonal__digest_update(digest, key, strlen(key) + 1);
        clonal__digest_update(digest, options, strlen(options) + 1);
        clonal__digest_update(digest, source, strlen(source) + 1);
        status = clonal__digest_finish(digest, hex);
        clonal__digest_destroy(digest);
    }
    clonal__free(key);
    if (status) return status;
    snprintf(file, sizeof file, "programs/%.64s-%s", name, hex);
    return clonal__path_join(folder, file, path, CLONAL__CACHE_PATH_ROOM);
}

/* The last thing that the header may hold is the device's label. */
enum { HEADER_MOST = 160 + CLONAL__DEVICE_LABEL_ROOM };

size_t clonal__program_cache_check(const char *bytes, size_t count, char label[CLONAL__DEVICE_LABEL_ROOM])
{
    char claimed[65] = "", hex[65], end = 0;
    unsigned long long length;
    int used = 0;
    label[0] = 0;
    const char *line_end = memchr(bytes, '\n', count < HEADER_MOST ? count : HEADER_MOST);
    if (!line_end || sscanf(bytes, "clonal-program 1 %64[0-9a-f] %llu%c%n", claimed, &length, &end, &used) != 3)
        return 0;
    const size_t header = (size_t)(line_end - bytes) + 1;
    if (!(end == '\n' || end == ' ') || (size_t)used > header || !length || count - header != length) return 0;
    if (clonal__digest_bytes(bytes + header, count - header, hex) || strcmp(hex, claimed)) return 0;
    clonal__label_copy(bytes + used, header - (size_t)used, label);
    return header;
}

char *clonal__program_cache_load(const char *path, size_t *count)
{
    char *bytes, label[CLONAL__DEVICE_LABEL_ROOM];
    size_t total;
    *count = 0;
    if (!path[0] || !clonal__file_exists(path)) return NULL;
    if (clonal__file_read(path, BINARY_LIMIT, &bytes, &total)) return NULL;
    const size_t header = clonal__program_cache_check(bytes, total, label);
    if (header) {
        memmove(bytes, bytes + header, total - header);
        *count = total - header;
        return bytes;
    }
    clonal__log(CLONAL_LOG_DEBUG, "the cached program %s is damaged and not used", path);
    clonal__free(bytes);
    return NULL;
}

static clonal_status store(const clonal_context *context, const char *path, cl_program program)
{
    char folder[CLONAL__CACHE_PATH_ROOM], header[HEADER_MOST], label[CLONAL__DEVICE_LABEL_ROOM], hex[65], *binary;
    size_t size = 0;
    CLONAL__TRY_CL("clGetProgramInfo", clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL));
    if (size == 0 || size > BINARY_LIMIT) return clonal__fail(CLONAL_E_OPENCL, "the driver gives no binary");
    snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = 0;
    CLONAL__TRY(clonal__make_folders(folder));
    CLONAL__TRY(clonal__calloc(size, 1, &binary));
    cl_int code = clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL);
    clonal_status status =
        code == CL_SUCCESS ? clonal__digest_bytes(binary, size, hex) : clonal__fail_cl("clGetProgramInfo", code);
    clonal__file_writer *writer = NULL;
    if (!status) status = clonal__file_writer_create(path, &writer);
    if (!status) {
        clonal__device_label(context, label);
        int length = snprintf(header, sizeof header, "clonal-program 1 %s %zu %s\n", hex, size, label);
        status = clonal__file_writer_write(writer, header, (size_t)length);
    }
    if (!status) status = clonal__file_writer_write(writer, binary, size);
    if (!status) status = clonal__file_writer_commit(&writer);
    clonal__file_writer_destroy(writer);
    clonal__free(binary);
    return status;
}

void clonal__program_cache_store(const clonal_context *context, const char *path, cl_program program)
{
    if (path[0] && store(context, path, program))
        clonal__log(CLONAL_LOG_DEBUG, "%s is not cached: %s", path, clonal_last_error()->message);
}

#include "tfevents.h"
#include "crc32c.h"
#include "message.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct tfevents {
    int descriptor;
    char *path;
};

/* ---- protobuf's encoding: https://protobuf.dev/programming-guides/encoding/ ---- */

/* A message in work. Once memory has run out, `lost` is set and nothing more is added. */
typedef struct message {
    unsigned char *bytes;
    size_t length, room;
    bool lost;
} message;

enum { VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5 };

static void put_bytes(message *m, const void *bytes, size_t count)
{
    if (m->room - m->length < count) {
        const size_t room = 2 * m->room + count;
        unsigned char *grown = m->lost ? NULL : realloc(m->bytes, room);
        m->lost = !grown;
        if (m->lost) return;
        m->bytes = grown;
        m->room = room;
    }
    memcpy(m->bytes + m->length, bytes, count);
    m->length += count;
}

/* Lowest byte first, whatever the machine's order. */
static void put_fixed(message *m, uint64_t value, size_t bytes)
{
    unsigned char room[8];
    for (size_t i = 0; i < bytes; i++) room[i] = (unsigned char)(value >> 8 * i);
    put_bytes(m, room, bytes);
}

static void put_varint(message *m, uint64_t value)
{
    unsigned char room[10];
    size_t length = 0;
    do {
        room[length++] = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        value >>= 7;
    } while (value);
    put_bytes(m, room, length);
}

static void put_key(message *m, unsigned field, unsigned wire)
{
    put_varint(m, field << 3 | wire);
}

static void put_double(message *m, unsigned field, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_key(m, field, FIXED64);
    put_fixed(m, bits, sizeof bits);
}

static void put_float(message *m, unsigned field, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_key(m, field, FIXED32);
    put_fixed(m, bits, sizeof bits);
}

static void put_text(message *m, unsigned field, const char *text)
{
    put_key(m, field, LENGTH);
    put_varint(m, strlen(text));
    put_bytes(m, text, strlen(text));
}

/* Puts `inner` in, and frees it. */
static void put_message(message *m, unsigned field, message *inner)
{
    put_key(m, field, LENGTH);
    put_varint(m, inner->length);
    put_bytes(m, inner->bytes, inner->length);
    m->lost = m->lost || inner->lost;
    free(inner->bytes);
}

/* ---- the messages: field numbers of event.proto and summary.proto ---- */

enum { EVENT_WALL_TIME = 1, EVENT_STEP = 2, EVENT_FILE_VERSION = 3, EVENT_SUMMARY = 5, EVENT_SESSION_LOG = 7 };
enum { SUMMARY_VALUE = 1, VALUE_TAG = 1, VALUE_SIMPLE = 2, SESSION_STATUS = 1, SESSION_START = 1 };

static message begin_event(double wall_time, int64_t step)
{
    message event = {0};
    put_double(&event, EVENT_WALL_TIME, wall_time);
    if (step) { /* proto3 leaves a 0 out */
        put_key(&event, EVENT_STEP, VARINT);
        put_varint(&event, (uint64_t)step);
    }
    return event;
}

static uint32_t masked_crc(const void *bytes, size_t count)
{
    const uint32_t crc = crc32c(bytes, count);
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

static int write_all(const tfevents *file, const message *m)
{
    for (size_t done = 0; done < m->length;) {
        const ssize_t written = write(file->descriptor, m->bytes + done, m->length - done);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return fail(CLONAL_E_IO, "%s: cannot be written: %s", file->path, strerror(errno));
        done += (size_t)written;
    }
    return 0;
}

/* Writes the event as a record, and frees it: length, its checksum, the event, its checksum. */
static int write_event(const tfevents *file, message *event)
{
    message record = {0};
    put_fixed(&record, event->length, 8);
    if (!record.lost) put_fixed(&record, masked_crc(record.bytes, 8), 4);
    put_bytes(&record, event->bytes, event->length);
    put_fixed(&record, masked_crc(event->bytes, event->length), 4);
    const int code = record.lost || event->lost ? fail(CLONAL_E_MEMORY, "out of memory") : write_all(file, &record);
    free(record.bytes);
    free(event->bytes);
    return code;
}

int tfevents_scalars(tfevents *file, double wall_time, int64_t step, const tfevents_scalar *scalars, size_t count)
{
    message event = begin_event(wall_time, step), summary = {0};
    for (size_t i = 0; i < count; i++) {
        message value = {0};
        put_text(&value, VALUE_TAG, scalars[i].tag);
        put_float(&value, VALUE_SIMPLE, (float)scalars[i].value);
        put_message(&summary, SUMMARY_VALUE, &value);
    }
    put_message(&event, EVENT_SUMMARY, &summary);
    return write_event(file, &event);
}

int tfevents_restart(tfevents *file, double wall_time, int64_t step)
{
    message event = begin_event(wall_time, step), session = {0};
    put_key(&session, SESSION_STATUS, VARINT);
    put_varint(&session, SESSION_START);
    put_message(&event, EVENT_SESSION_LOG, &session);
    return write_event(file, &event);
}

/* ---- files ---- */

/* A host's name as part of a file's name. */
static void host_name(char room[128])
{
    if (gethostname(room, 128) != 0 || !room[0]) strcpy(room, "localhost");
    room[127] = 0;
    for (char *c = room; *c; c++)
        if (*c == '/' || (unsigned char)*c <= ' ') *c = '_';
}

static int make_file(const char *folder, tfevents *file)
{
    char host[128];
    const size_t room = strlen(folder) + 256;
    host_name(host);
    file->path = malloc(room);
    if (!file->path) return fail(CLONAL_E_MEMORY, "out of memory");
    for (unsigned number = 0; file->descriptor < 0; number++) {
        snprintf(file->path, room, "%s/events.out.tfevents.%010lld.%s.%ld.%u", folder, (long long)time(NULL), host,
                 (long)getpid(), number);
        file->descriptor = open(file->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file->descriptor < 0 && errno != EEXIST)
            return fail(CLONAL_E_IO, "%s: cannot be made: %s", file->path, strerror(errno));
    }
    return 0;
}

static int write_version(const tfevents *file)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    message event = begin_event((double)now.tv_sec + 1e-9 * (double)now.tv_nsec, 0);
    put_text(&event, EVENT_FILE_VERSION, "brain.Event:2");
    return write_event(file, &event);
}

int tfevents_open(const char *folder, tfevents **out)
{
    tfevents *file = calloc(1, sizeof *file);
    *out = NULL;
    if (!file) return fail(CLONAL_E_MEMORY, "out of memory");
    file->descriptor = -1;
    int code = make_file(folder, file);
    if (code == 0) code = write_version(file);
    if (code == 0)
        *out = file;
    else
        tfevents_close(file);
    return code;
}

void tfevents_close(tfevents *file)
{
    if (!file) return;
    if (file->descriptor >= 0) close(file->descriptor);
    free(file->path);
    free(file);
}

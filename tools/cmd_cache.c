/* clonal cache: what Clonal keeps on disk; whether it is sound; away with it. */
#include "support/device.h"
#include "support/driver_caches.h"
#include "support/message.h"
#include "support/options.h"
#include "support/output.h"
#include "support/verbs.h"
#include <clonal/cache.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[CLONAL_CACHE_KINDS] = {"programs", "probes", "plans", "leftovers"};

/* What is kept of one device; "" where files do not tell whose they are. */
typedef struct shelf {
    char *device;
    uint64_t files[CLONAL_CACHE_KINDS], bytes[CLONAL_CACHE_KINDS];
} shelf;

typedef struct survey {
    shelf *shelves;
    size_t count;
    shelf all;
    uint64_t damaged;
    bool memory_out;
} survey;

static shelf *shelf_of(survey *s, const char *device)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->shelves[i].device, device) == 0) return &s->shelves[i];
    shelf *grown = realloc(s->shelves, (s->count + 1) * sizeof *grown);
    if (!grown) return NULL;
    s->shelves = grown;
    shelf *made = &grown[s->count];
    memset(made, 0, sizeof *made);
    made->device = strdup(device);
    if (!made->device) return NULL;
    s->count++;
    return made;
}

static clonal_cache_wish count_file(const clonal_cache_file *file, void *user)
{
    survey *s = user;
    shelf *of = shelf_of(s, file->device);
    s->memory_out = !of;
    if (!of) return CLONAL_CACHE_STOP;
    of->files[file->kind]++;
    of->bytes[file->kind] += file->bytes;
    s->all.files[file->kind]++;
    s->all.bytes[file->kind] += file->bytes;
    s->damaged += file->damage != NULL;
    return CLONAL_CACHE_KEEP;
}

static int by_device(const void *a, const void *b)
{
    return strcmp(((const shelf *)a)->device, ((const shelf *)b)->device);
}

static void print_count(const char *what, uint64_t files, uint64_t bytes)
{
    char size[24];
    format_bytes(bytes, size);
    printf("%-10s %6" PRIu64 " %10s\n", what, files, size);
}

static void print_text(const char *folder, const survey *s)
{
    printf("%s\n", folder[0] ? folder : "no folder: neither XDG_CACHE_HOME nor HOME is set; nothing is kept");
    for (int kind = 0; kind < CLONAL_CACHE_KINDS; kind++)
        if (kind != CLONAL_CACHE_LEFTOVER || s->all.files[kind])
            print_count(kinds[kind], s->all.files[kind], s->all.bytes[kind]);
    if (s->damaged) printf("%" PRIu64 " damaged, not used: 'clonal cache verify --remove'\n", s->damaged);
    for (size_t i = 0; i < s->count; i++) {
        printf("\n%s\n", s->shelves[i].device[0] ? s->shelves[i].device : "(device unknown)");
        for (int kind = 0; kind < CLONAL_CACHE_KINDS; kind++)
            if (s->shelves[i].files[kind])
                print_count(kinds[kind], s->shelves[i].files[kind], s->shelves[i].bytes[kind]);
    }
    for (size_t i = 0, found = 0; i < DRIVER_CACHES; i++) {
        driver_cache cache;
        char size[24];
        if (!driver_cache_find(i, &cache)) continue;
        if (!found++) puts("\nDrivers' own, which 'clear' leaves alone:");
        format_bytes(cache.bytes, size);
        printf("%-10s %6" PRIu64 " %10s  %s (%s moves it)\n", cache.driver, cache.files, size, cache.path, cache.moved);
    }
}

static json_t *shelf_json(const shelf *s)
{
    json_t *object = json_object();
    for (int kind = 0; kind < CLONAL_CACHE_KINDS; kind++)
        json_object_set_new(
            object, kinds[kind],
            json_pack("{s:I, s:I}", "files", (json_int_t)s->files[kind], "bytes", (json_int_t)s->bytes[kind]));
    return object;
}

static int print_json(const char *folder, const survey *s)
{
    json_t *all = shelf_json(&s->all), *devices = json_array(), *drivers = json_array();
    for (size_t i = 0; i < s->count; i++) {
        json_t *one = shelf_json(&s->shelves[i]);
        json_object_set_new(one, "device", s->shelves[i].device[0] ? json_text(s->shelves[i].device) : json_null());
        json_array_append_new(devices, one);
    }
    for (size_t i = 0; i < DRIVER_CACHES; i++) {
        driver_cache cache;
        if (!driver_cache_find(i, &cache)) continue;
        json_array_append_new(drivers, json_pack("{s:s, s:o, s:s, s:I, s:I}", "driver", cache.driver, "folder",
                                                 json_text(cache.path), "variable", cache.moved, "files",
                                                 (json_int_t)cache.files, "bytes", (json_int_t)cache.bytes));
    }
    json_object_set_new(all, "folder", folder[0] ? json_text(folder) : json_null());
    json_object_set_new(all, "damaged", json_integer((json_int_t)s->damaged));
    json_object_set_new(all, "devices", devices);
    json_object_set_new(all, "drivers", drivers);
    return output_json(all, JSON_INDENT(2));
}

static int show(const char *folder, bool json)
{
    survey s = {0};
    clonal_status status = clonal_cache_visit(count_file, &s);
    int code = status == CLONAL_OK ? 0 : s.memory_out ? fail(CLONAL_E_MEMORY, "out of memory") : fail_status(status);
    if (s.count) qsort(s.shelves, s.count, sizeof *s.shelves, by_device);
    if (code == 0 && json)
        code = print_json(folder, &s);
    else if (code == 0)
        print_text(folder, &s);
    for (size_t i = 0; i < s.count; i++) free(s.shelves[i].device);
    free(s.shelves);
    return code;
}

/* What was found and done by verify and clear. */
typedef struct sweep {
    bool remove; /* verify's: what is damaged, and leftovers */
    uint64_t sound, damaged, removed, bytes;
} sweep;

static clonal_cache_wish remove_file(const clonal_cache_file *file, void *user)
{
    sweep *s = user;
    s->removed++;
    s->bytes += file->bytes;
    return CLONAL_CACHE_REMOVE;
}

static clonal_cache_wish verify_file(const clonal_cache_file *file, void *user)
{
    sweep *s = user;
    const bool leftover = file->kind == CLONAL_CACHE_LEFTOVER;
    if (file->damage) printf("%s: %s\n", file->path, file->damage);
    s->damaged += file->damage != NULL;
    s->sound += !file->damage && !leftover;
    return s->remove && (file->damage || leftover) ? remove_file(file, user) : CLONAL_CACHE_KEEP;
}

static void print_removed(const char *folder, const sweep *s)
{
    char size[24];
    format_bytes(s->bytes, size);
    printf("removed %" PRIu64 " file%s, %s, from %s\n", s->removed, s->removed == 1 ? "" : "s", size, folder);
}

static int clear(const char *folder)
{
    sweep s = {0};
    clonal_status status = clonal_cache_visit(remove_file, &s);
    if (status != CLONAL_OK) return fail_status(status);
    print_removed(folder, &s);
    return 0;
}

static int verify(const char *folder, bool remove)
{
    sweep s = {.remove = remove};
    clonal_status status = clonal_cache_visit(verify_file, &s);
    if (status != CLONAL_OK) return fail_status(status);
    printf("%" PRIu64 " sound, %" PRIu64 " damaged in %s\n", s.sound, s.damaged, folder);
    if (remove) print_removed(folder, &s);
    return s.damaged && !remove ? CLONAL_E_FORMAT : 0;
}

static int run(const char *what, const char *folder, bool json, bool remove)
{
    const bool shows = strcmp(what, "show") == 0, verifies = strcmp(what, "verify") == 0;
    if (!shows && !verifies && strcmp(what, "clear") != 0)
        return fail(EXIT_USAGE, "'%s': give show, verify or clear", what);
    if (json && !shows) return fail(EXIT_USAGE, "--json belongs to 'clonal cache show'");
    if (remove && !verifies) return fail(EXIT_USAGE, "--remove belongs to 'clonal cache verify'");
    return shows ? show(folder, json) : verifies ? verify(folder, remove) : clear(folder);
}

int cmd_cache(int argc, const char **argv)
{
    bool json = false, remove = false;
    option options[] = {
        FLAG_OPTION("json", 0, &json, "print JSON (show)"),
        FLAG_OPTION("remove", 0, &remove, "remove what is damaged or was left half-written (verify)"),
    };
    command_line line = {.verb = "cache",
                         .arguments = "[show|verify|clear] [options]",
                         .summary = "What Clonal keeps on disk so that it starts faster: compiled programs, what its\n"
                                    "probe found of devices, and plans of matrix products. show, the default, counts\n"
                                    "them; verify reads and checks each; clear removes them, and nothing else.",
                         .notes = "Exit code of verify: 0: all are sound, or were removed; 10: some are damaged.\n"
                                  "No result depends on what is there, and other processes may go on meanwhile.",
                         .most = 1,
                         .uses_cache = true,
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    if (code != CARRY_ON) return code;
    char *folder = NULL;
    clonal_status status = clonal_cache_folder(&folder);
    code = status == CLONAL_OK ? run(line.positional_count ? line.positional[0] : "show", folder, json, remove)
                               : fail_status(status);
    clonal_free(folder);
    command_line_free(&line);
    return code;
}

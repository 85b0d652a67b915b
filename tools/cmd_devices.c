/* clonal devices: every device of every platform. */
#include "support/crash.h"
#include "support/device.h"
#include "support/message.h"
#include "support/options.h"
#include "support/output.h"
#include "support/verbs.h"
#include <stdio.h>
#include <string.h>

static json_t *device_json(const clonal_device_info *d, bool chosen)
{
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:i, s:i, s:I, s:I, s:I, s:I, s:i, s:b, s:{s:b, s:b, s:b, s:b, s:b}, s:b}",
        "selector", d->selector, "name", json_text(d->name), "platform", json_text(d->platform), "vendor",
        json_text(d->vendor), "driver", json_text(d->driver), "version", json_text(d->version), "type",
        device_type_name(d->type), "compute_units", (int)d->compute_units, "clock_mhz", (int)d->clock_mhz,
        "global_memory_bytes", (json_int_t)d->global_memory_bytes, "local_memory_bytes",
        (json_int_t)d->local_memory_bytes, "max_allocation_bytes", (json_int_t)d->max_allocation_bytes,
        "max_group_size", (json_int_t)d->max_group_size, "native_float_width", (int)d->native_float_width,
        "unified_memory", d->unified_memory, "claims", "fp64", d->fp64, "fma", d->fp_fma, "subnormals",
        d->fp_subnormals, "round_to_nearest", d->fp_round_to_nearest, "inf_nan", d->fp_inf_nan, "default", chosen);
}

static int print_json(const clonal_device_list *list, size_t chosen)
{
    json_t *all = json_array();
    for (size_t i = 0; i < clonal_device_list_count(list); i++)
        json_array_append_new(all, device_json(clonal_device_list_get(list, i), i == chosen));
    return output_json(json_pack("{s:o}", "devices", all), JSON_INDENT(2));
}

static void print_table(const clonal_device_list *list, size_t chosen)
{
    printf("  %-5s %-11s %5s %9s %8s  %s\n", "P:D", "type", "units", "memory", "local", "name");
    for (size_t i = 0; i < clonal_device_list_count(list); i++) {
        const clonal_device_info *d = clonal_device_list_get(list, i);
        char memory[24], local[24];
        format_bytes(d->global_memory_bytes, memory);
        format_bytes(d->local_memory_bytes, local);
        printf("%c %-5s %-11s %5u %9s %8s  %s\n", i == chosen ? '*' : ' ', d->selector, device_type_name(d->type),
               d->compute_units, memory, local, d->name);
        printf("        platform %s; vendor %s\n", d->platform, d->vendor);
        printf("        %s; driver %s\n", d->version, d->driver);
        printf("        claims%s%s%s%s%s\n", d->fp_fma ? " fma" : "", d->fp_subnormals ? " subnormals" : "",
               d->fp_round_to_nearest ? " round-to-nearest" : "", d->fp_inf_nan ? " inf-nan" : "",
               d->fp64 ? " fp64" : "");
    }
    if (chosen != SIZE_MAX) printf("* taken when --device is not given\n");
}

int cmd_devices(int argc, const char **argv)
{
    bool json = false;
    option options[] = {FLAG_OPTION("json", 0, &json, "print JSON")};
    command_line line = {.verb = "devices",
                         .arguments = "[--json]",
                         .summary = "Lists every device of every OpenCL platform: what --device can name.",
                         .notes = "The selector P:D always fits its device alone; so does any part of its names\n"
                                  "that no other has. CLONAL_DEVICE in the environment is the default of --device.",
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    if (code != CARRY_ON) return code;
    command_line_free(&line);

    clonal_device_list *list;
    crash_drivers();
    clonal_status status = clonal_device_list_create(&list);
    if (status != CLONAL_OK) return fail_status(status);
    size_t chosen;
    if (clonal_device_select(list, NULL, &chosen) != CLONAL_OK)
        chosen = SIZE_MAX; /* CLONAL_DEVICE fits none or several; the list is what helps then */
    code = json ? print_json(list, chosen) : (print_table(list, chosen), 0);
    clonal_device_list_destroy(list);
    return code;
}

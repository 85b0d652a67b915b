/* A user's program: compiled against the installed headers and library, with nothing of the source tree. */
#include <clonal/clonal.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    if (strcmp(clonal_status_name(CLONAL_E_IO), "CLONAL_E_IO") != 0) return 1;

    /* Random123's known answer for key 0, counter 0. */
    const uint32_t counter[4] = {0, 0, 0, 0};
    uint32_t words[4] = {0};
    clonal_philox_host(0, counter, 1, words);
    if (words[0] != 0x6627e8d5u || words[3] != 0x9b00dbd8u) return 2;

    /* Reaches OpenCL through the library; a machine without a device is right too. */
    clonal_device_list *list;
    clonal_status status = clonal_device_list_create(&list);
    printf("%s: %zu devices\n", clonal_status_name(status), status == CLONAL_OK ? clonal_device_list_count(list) : 0);
    clonal_device_list_destroy(list);
    return 0;
}

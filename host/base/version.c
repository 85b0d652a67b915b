/* version.c: what this library is. CLONAL__VERSION comes from CMake's project(VERSION). */
#include <clonal/status.h>

#ifndef CLONAL__VERSION
#define CLONAL__VERSION "0.1.0"
#endif

enum { CONTRACT_VERSION = 1 };

const char *clonal_version(void)
{
    return CLONAL__VERSION;
}

int clonal_contract_version(void)
{
    return CONTRACT_VERSION;
}

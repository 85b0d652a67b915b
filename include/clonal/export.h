/* export.h: how the public symbols of libclonal are marked. */
#ifndef CLONAL_EXPORT_H
#define CLONAL_EXPORT_H

#if defined(_WIN32) && defined(CLONAL_SHARED)
#ifdef CLONAL_BUILDING
#define CLONAL_API __declspec(dllexport)
#else
#define CLONAL_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define CLONAL_API __attribute__((visibility("default")))
#else
#define CLONAL_API
#endif

#ifdef __cplusplus
#define CLONAL_BEGIN extern "C" {
#define CLONAL_END }
#else
#define CLONAL_BEGIN
#define CLONAL_END
#endif

#endif

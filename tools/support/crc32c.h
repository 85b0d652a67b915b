/* crc32c.h: the Castagnoli checksum (RFC 3720, appendix B.4), as TFRecord files have it. */
#ifndef TOOLS_SUPPORT_CRC32C_H
#define TOOLS_SUPPORT_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Of `count` bytes. Any thread. */
uint32_t crc32c(const void *bytes, size_t count);

#endif

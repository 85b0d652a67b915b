/* digest.h: SHA-256 (FIPS 180-4), by OpenSSL's libcrypto. */
#ifndef CLONAL_BASE_DIGEST_H
#define CLONAL_BASE_DIGEST_H

#include "host/base/error.h"
#include <stddef.h>

typedef struct clonal__digest clonal__digest;
clonal_status clonal__digest_create(clonal__digest **digest);
void clonal__digest_update(clonal__digest *digest, const void *bytes, size_t count);
/* Writes 64 hex digits and a NUL. The digest can only be destroyed afterwards. */
clonal_status clonal__digest_finish(clonal__digest *digest, char hex[65]);
/* The same as "sha256:" and the digits. */
clonal_status clonal__digest_finish_text(clonal__digest *digest, char text[72]);
void clonal__digest_destroy(clonal__digest *digest);
/* All at once. */
clonal_status clonal__digest_bytes(const void *bytes, size_t count, char hex[65]);

#endif

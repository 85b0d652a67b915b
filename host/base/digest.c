/* digest.c: SHA-256 through libcrypto's EVP. */
#include "host/base/digest.h"

#include "host/base/memory.h"
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

struct clonal__digest {
    EVP_MD_CTX *evp;
    int failed; /* update cannot return a status: finish tells */
};

static clonal_status fail_evp(void)
{
    return clonal__fail(CLONAL_E_INTERNAL, "libcrypto refuses SHA-256");
}

clonal_status clonal__digest_create(clonal__digest **digest)
{
    CLONAL__TRY(clonal__calloc(1, sizeof **digest, digest));
    (*digest)->evp = EVP_MD_CTX_new();
    const bool made = (*digest)->evp != NULL;
    if (made && EVP_DigestInit_ex((*digest)->evp, EVP_sha256(), NULL) == 1) return CLONAL_OK;
    clonal__digest_destroy(*digest);
    *digest = NULL;
    return made ? fail_evp() : clonal__fail_memory(0);
}

void clonal__digest_update(clonal__digest *digest, const void *bytes, size_t count)
{
    if (count && EVP_DigestUpdate(digest->evp, bytes, count) != 1) digest->failed = 1;
}

clonal_status clonal__digest_finish(clonal__digest *digest, char hex[65])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    hex[0] = 0;
    if (digest->failed || EVP_DigestFinal_ex(digest->evp, raw, &length) != 1 || length != 32) return fail_evp();
    for (unsigned i = 0; i < 32; i++) {
        hex[2 * i] = digits[raw[i] >> 4];
        hex[2 * i + 1] = digits[raw[i] & 15];
    }
    hex[64] = 0;
    return CLONAL_OK;
}

clonal_status clonal__digest_finish_text(clonal__digest *digest, char text[72])
{
    static const char algorithm[] = "sha256:";
    char hex[65];
    text[0] = 0;
    CLONAL__TRY(clonal__digest_finish(digest, hex));
    memcpy(text, algorithm, sizeof algorithm - 1);
    memcpy(text + sizeof algorithm - 1, hex, sizeof hex);
    return CLONAL_OK;
}

void clonal__digest_destroy(clonal__digest *digest)
{
    if (!digest) return;
    EVP_MD_CTX_free(digest->evp);
    clonal__free(digest);
}

clonal_status clonal__digest_bytes(const void *bytes, size_t count, char hex[65])
{
    clonal__digest *digest;
    hex[0] = 0;
    CLONAL__TRY(clonal__digest_create(&digest));
    clonal__digest_update(digest, bytes, count);
    clonal_status status = clonal__digest_finish(digest, hex);
    clonal__digest_destroy(digest);
    return status;
}


/*
 * The tag is a digest of the body, or of all that it is made of, so equal tags
 * are equal bytes.
 */

#include "http/etag.h"

#include <openssl/evp.h>


ngx_int_t
billing_etag_tag(const billing_buf_t *body, u_char tag[BILLING_TAG_LEN])
{
    u_char digest[EVP_MAX_MD_SIZE];

    if (EVP_Digest(body->data, body->len, digest, NULL, EVP_sha256(), NULL)
        != 1) {
        return NGX_ERROR;
    }

    (void) ngx_hex_dump(tag, digest, BILLING_TAG_LEN / 2);

    return NGX_OK;
}


void
billing_etag_digest_begin(billing_digest_t *digest)
{
    digest->context = EVP_MD_CTX_new();
    digest->failed = digest->context == NULL
                     || EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL)
                            != 1;
}


void
billing_etag_digest_feed(void *data, const void *bytes, size_t len)
{
    billing_digest_t *digest = data;

    digest->failed = digest->failed
                     || EVP_DigestUpdate(digest->context, bytes, len) != 1;
}


ngx_int_t
billing_etag_digest_end(billing_digest_t *digest, u_char tag[BILLING_TAG_LEN])
{
    u_char sum[EVP_MAX_MD_SIZE];

    digest->failed = digest->failed
                     || EVP_DigestFinal_ex(digest->context, sum, NULL) != 1;
    EVP_MD_CTX_free(digest->context);

    if (digest->failed) {
        return NGX_ERROR;
    }

    (void) ngx_hex_dump(tag, sum, BILLING_TAG_LEN / 2);

    return NGX_OK;
}


/*
 * If-None-Match: "*", or a list of tags, compared weakly (RFC 9110 section
 * 13.1.2): "W/" is passed over.  A tag may hold commas, so the list is read
 * from quote to quote.
 */
ngx_uint_t
billing_etag_named(const ngx_str_t *list, const ngx_str_t *etag)
{
    u_char *p, *last, *end;

    p = list->data;
    last = p + list->len;

    if (list->len == 1 && *p == '*') {
        return 1;
    }

    while (p < last) {
        p = ngx_strlchr(p, last, '"');
        if (p == NULL) {
            return 0;
        }

        end = ngx_strlchr(p + 1, last, '"');
        if (end == NULL) {
            return 0;
        }

        if ((size_t) (end + 1 - p) == etag->len
            && ngx_memcmp(p, etag->data, etag->len) == 0)
        {
            return 1;
        }

        p = end + 1;
    }

    return 0;
}


/*
 * gzip and, where nginx was configured with it, Brotli.  A body is encoded
 * once and kept; but that once holds up the worker, so a large one is encoded
 * fast rather than well.
 */

#include "http/ngx_http_billing_encode.h"
#include "http/ngx_http_billing_op.h"

#include <zlib.h>

#if (NGX_HTTP_BILLING_HAVE_BROTLI)
#include <brotli/encode.h>
#endif


#define NGX_HTTP_BILLING_ENCODE_MIN   512 /* bytes: below it does not pay */
#define NGX_HTTP_BILLING_ENCODE_LARGE (64 * 1024)


static ngx_int_t ngx_http_billing_encode_gzip(
    const ngx_str_t *plain, ngx_str_t *encoded);


const ngx_str_t ngx_http_billing_coding_names[] = {
    ngx_null_string,
    ngx_string("gzip"),
    ngx_string("br"),
};


/* RFC 9110 section 12.5.3; identity is always there for those who want none. */
ngx_http_billing_coding_t
ngx_http_billing_coding(ngx_http_request_t *r)
{
    ngx_str_t                 accept;
    ngx_uint_t                i, quality, best;
    ngx_http_billing_coding_t coding;

    accept = ngx_http_billing_own_header(r, "accept-encoding");
    coding = NGX_HTTP_BILLING_IDENTITY;

    if (accept.len == 0) {
        return coding;
    }

    best = ngx_max(
        1, ngx_http_billing_accepts(&accept, "identity", "identity"));

    for (i = NGX_HTTP_BILLING_GZIP; i < NGX_HTTP_BILLING_CODINGS; i++) {
#if !(NGX_HTTP_BILLING_HAVE_BROTLI)
        if (i == NGX_HTTP_BILLING_BROTLI) {
            continue;
        }
#endif

        quality = ngx_http_billing_accepts(&accept,
            (char *) ngx_http_billing_coding_names[i].data,
            (char *) ngx_http_billing_coding_names[i].data);

        if (quality >= best) {
            best = quality;
            coding = i;
        }
    }

    return coding;
}


ngx_int_t
ngx_http_billing_encode(ngx_pool_t *pool, ngx_http_billing_coding_t coding,
    const ngx_str_t *plain, ngx_str_t *encoded)
{
    if (plain->len < NGX_HTTP_BILLING_ENCODE_MIN) {
        return NGX_DECLINED;
    }

    /* what does not fit is of no use */

    encoded->len = plain->len - plain->len / 8;
    encoded->data = ngx_pnalloc(pool, encoded->len);
    if (encoded->data == NULL) {
        return NGX_DECLINED;
    }

    if (coding == NGX_HTTP_BILLING_GZIP) {
        return ngx_http_billing_encode_gzip(plain, encoded);
    }

#if (NGX_HTTP_BILLING_HAVE_BROTLI)
    if (BrotliEncoderCompress(
            plain->len < NGX_HTTP_BILLING_ENCODE_LARGE ? 5 : 1,
            BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, plain->len, plain->data,
            &encoded->len, encoded->data)
        == BROTLI_TRUE)
    {
        return NGX_OK;
    }
#endif

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_billing_encode_gzip(const ngx_str_t *plain, ngx_str_t *encoded)
{
    int      rc;
    z_stream z;

    ngx_memzero(&z, sizeof(z_stream));

    /* 16: with the header of gzip */

    rc = deflateInit2(&z, plain->len < NGX_HTTP_BILLING_ENCODE_LARGE ? 6 : 1,
        Z_DEFLATED, MAX_WBITS + 16, MAX_MEM_LEVEL - 1, Z_DEFAULT_STRATEGY);
    if (rc != Z_OK) {
        return NGX_DECLINED;
    }

    z.next_in = plain->data;
    z.avail_in = plain->len;
    z.next_out = encoded->data;
    z.avail_out = encoded->len;

    rc = deflate(&z, Z_FINISH);
    encoded->len = z.total_out;
    deflateEnd(&z);

    return rc == Z_STREAM_END ? NGX_OK : NGX_DECLINED;
}

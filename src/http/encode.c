
/*
 * gzip and, where nginx was configured with it, Brotli.  The body of a kept
 * answer is encoded once, all others each time; that holds up the worker, so a
 * large one is encoded fast rather than well, and a very large one not at all.
 *
 * Nothing in an answer is secret from whoever may read it, so its length tells
 * a site that has some of it asked for again nothing of worth (BREACH).
 */

#include "http/encode.h"
#include "http/request.h"

#include <zlib.h>

#if (BILLING_HAVE_BROTLI)
#include <brotli/encode.h>
#endif


#define BILLING_ENCODE_MIN  512 /* bytes: below it does not pay */
#define BILLING_ENCODE_BIG  (64 * 1024)
#define BILLING_ENCODE_MOST (4 * 1024 * 1024)


static ngx_int_t        encode_gzip(const ngx_str_t *plain, ngx_str_t *encoded);
static ngx_int_t        encode_vary(ngx_http_request_t *r);
static ngx_table_elt_t *encode_header(
    ngx_http_request_t *r, const char *name, const ngx_str_t *value);
static ngx_uint_t encode_tagged(const ngx_table_elt_t *etag);
static ngx_int_t  encode_tag(
     ngx_http_request_t *r, ngx_table_elt_t *etag, billing_coding_t coding);


const ngx_str_t billing_coding_names[] = {
    ngx_null_string,
    ngx_string("gzip"),
    ngx_string("br"),
};


/* RFC 9110 section 12.5.3; identity is always there for those who want none. */
billing_coding_t
billing_encode_coding(ngx_http_request_t *r)
{
    ngx_str_t        accept;
    ngx_uint_t       i, quality, best;
    billing_coding_t coding;

    accept = billing_headers_own_header(r, "accept-encoding");
    coding = BILLING_IDENTITY;

    if (accept.len == 0) {
        return coding;
    }

    best = ngx_max(1, billing_accept_accepts(&accept, "identity", "identity"));

    for (i = BILLING_GZIP; i < BILLING_CODINGS; i++) {
#if !(BILLING_HAVE_BROTLI)
        if (i == BILLING_BROTLI) {
            continue;
        }
#endif

        quality = billing_accept_accepts(&accept,
            (char *) billing_coding_names[i].data,
            (char *) billing_coding_names[i].data);

        if (quality >= best) {
            best = quality;
            coding = i;
        }
    }

    return coding;
}


ngx_int_t
billing_encode(ngx_pool_t *pool, billing_coding_t coding,
    const ngx_str_t *plain, ngx_str_t *encoded)
{
    if (plain->len < BILLING_ENCODE_MIN) {
        return NGX_DECLINED;
    }

    /* what does not fit is of no use */

    encoded->len = plain->len - plain->len / 8;
    encoded->data = ngx_pnalloc(pool, encoded->len);
    if (encoded->data == NULL) {
        return NGX_DECLINED;
    }

    if (coding == BILLING_GZIP) {
        return encode_gzip(plain, encoded);
    }

#if (BILLING_HAVE_BROTLI)
    if (BrotliEncoderCompress(plain->len < BILLING_ENCODE_BIG ? 5 : 1,
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
encode_gzip(const ngx_str_t *plain, ngx_str_t *encoded)
{
    int      rc;
    z_stream z;

    ngx_memzero(&z, sizeof(z_stream));

    /* 16: with the header of gzip */

    rc = deflateInit2(&z, plain->len < BILLING_ENCODE_BIG ? 6 : 1, Z_DEFLATED,
        MAX_WBITS + 16, MAX_MEM_LEVEL - 1, Z_DEFAULT_STRATEGY);
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


ngx_int_t
billing_encode_answer(billing_op_t *op, ngx_http_request_t *r)
{
    ngx_str_t        plain, encoded;
    ngx_table_elt_t *etag;
    billing_coding_t coding;

    if (op->content_type.len == 0 || op->answer.len == 0
        || r->headers_out.content_encoding != NULL)
    {
        return NGX_OK;
    }

    if (encode_vary(r) != NGX_OK) {
        return NGX_ERROR;
    }

    coding = billing_encode_coding(r);
    etag = r->headers_out.etag;
    plain.data = (u_char *) op->answer.data;
    plain.len = op->answer.len;

    if (coding == BILLING_IDENTITY || !encode_tagged(etag)
        || plain.len > BILLING_ENCODE_MOST
        || billing_encode(r->pool, coding, &plain, &encoded) != NGX_OK)
    {
        return NGX_OK;
    }

    if (etag != NULL && encode_tag(r, etag, coding) != NGX_OK) {
        return NGX_ERROR;
    }

    r->headers_out.content_encoding = encode_header(
        r, "Content-Encoding", &billing_coding_names[coding]);

    if (r->headers_out.content_encoding == NULL) {
        return NGX_ERROR;
    }

    r->headers_out.content_length_n = encoded.len;

    ngx_memcpy(op->answer.data, encoded.data, encoded.len);
    op->answer.len = encoded.len;

    return NGX_OK;
}


/* Kept answers have one already, which says more. */
static ngx_int_t
encode_vary(ngx_http_request_t *r)
{
    ngx_uint_t       i;
    ngx_list_part_t *part;
    ngx_table_elt_t *header;

    static const ngx_str_t value = ngx_string("Accept-Encoding");

    for (part = &r->headers_out.headers.part; part != NULL; part = part->next) {
        header = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (header[i].key.len == 4
                && ngx_strncmp(header[i].key.data, "Vary", 4) == 0) {
                return NGX_OK;
            }
        }
    }

    return encode_header(r, "Vary", &value) == NULL ? NGX_ERROR : NGX_OK;
}


static ngx_table_elt_t *
encode_header(ngx_http_request_t *r, const char *name, const ngx_str_t *value)
{
    ngx_table_elt_t *header;

    header = ngx_list_push(&r->headers_out.headers);
    if (header == NULL) {
        return NULL;
    }

    ngx_memzero(header, sizeof(ngx_table_elt_t));
    header->hash = 1;
    header->key.data = (u_char *) name;
    header->key.len = ngx_strlen(name);
    header->value = *value;

    return header;
}


/*
 * A strong tag names the bytes in one coding.  A digest gets a suffix; the
 * version of an object is what its changes are based on, and stays what it is:
 * such an object is short, and is not encoded.
 */
static ngx_uint_t
encode_tagged(const ngx_table_elt_t *etag)
{
    return etag == NULL || etag->value.len == BILLING_TAG_LEN + 2;
}


static ngx_int_t
encode_tag(
    ngx_http_request_t *r, ngx_table_elt_t *etag, billing_coding_t coding)
{
    u_char          *p;
    ngx_str_t        tag;
    const ngx_str_t *suffix;

    suffix = &billing_tag_suffixes[coding];

    tag.len = etag->value.len + suffix->len;
    tag.data = ngx_pnalloc(r->pool, tag.len);
    if (tag.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(tag.data, etag->value.data, etag->value.len - 1);
    p = ngx_cpymem(p, suffix->data, suffix->len);
    *p = '"';
    etag->value = tag;

    return NGX_OK;
}

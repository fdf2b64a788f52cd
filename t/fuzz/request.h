
/*
 * What the targets that make requests share: where to, with which key, and
 * what a request must look like.
 */

#ifndef FUZZ_REQUEST_H
#define FUZZ_REQUEST_H

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "fuzz.h"
#include "providers/provider.h"
#include "providers/reply.h"


#define FUZZ_NOW      1630454400 /* 2021-09-01T00:00:00Z */
#define FUZZ_SECRET   "s3cr3tS3CR3Ts3cr3t"
#define FUZZ_ENDPOINT "https://e.test"
#define FUZZ_LOGIN    "https://l.test"


/* A small key in one line, for it signs often; one for the whole run. */
static inline const char *
fuzz_key(void)
{
    BIO            *bio;
    char           *data;
    size_t          i, len;
    EVP_PKEY       *key;
    static unsigned made;
    static char     text[2048];

    if (made++ > 0) {
        return text;
    }

    key = EVP_RSA_gen(512);
    must(key != NULL);
    bio = BIO_new(BIO_s_mem());
    must(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1);
    len = (size_t) BIO_get_mem_data(bio, &data);
    must(len < sizeof(text));

    for (i = 0; i < len; i++) {
        text[i] = data[i] == '\n' ? ' ' : data[i];
    }

    BIO_free(bio);
    EVP_PKEY_free(key);

    return text;
}


/* Puts the key where "@KEY@" stands, once.  The caller frees it. */
static inline billing_str_t
fuzz_with_key(billing_str_t text)
{
    const char   *at;
    billing_buf_t out;

    at = billing_reply_find(text, "@KEY@");
    if (at == NULL) {
        return fuzz_copy(text);
    }

    billing_buf_init(&out, text.len + 4096);
    (void) billing_buf_add(&out, text.data, (size_t) (at - text.data));
    (void) billing_buf_add_str(&out, billing_str_from(fuzz_key()));
    must(billing_buf_add(&out, at + 5, text.len - 5 - (size_t) (at - text.data))
         == BILLING_OK);

    return fuzz_text(&out);
}


/* The one linked account that credentials name, if they do. */
static inline void
fuzz_linked(
    const billing_provider_t *provider, const json_t *plain, billing_buf_t *id)
{
    billing_buf_init(id, 4096);
    must(provider->linked(plain, id) == BILLING_OK);
}


static inline int
fuzz_begins(billing_str_t text, const char *with)
{
    size_t len;

    len = strlen(with);

    return text.len >= len && memcmp(text.data, with, len) == 0;
}


/*
 * To whom it goes, that it is one request, and that no secret is in its URL,
 * unless the provider itself has named it.
 */
static inline void
fuzz_check_request(const billing_http_request_t *req, int named)
{
    int           json;
    size_t        i;
    json_t       *body;
    unsigned      n;
    billing_str_t url, header;

    url = fuzz_text(&req->url);
    json = 0;

    must(req->url.status == BILLING_OK && req->body.status == BILLING_OK);
    must(fuzz_begins(url, FUZZ_ENDPOINT "/")
         || fuzz_begins(url, FUZZ_LOGIN "/"));
    must(named || billing_reply_find(url, FUZZ_SECRET) == NULL);
    must(url.len <= BILLING_HTTP_MAX_URL);

    for (i = 0; i < url.len; i++) {
        must(url.data[i] < 0 || (url.data[i] > ' ' && url.data[i] != 0x7f));
    }

    for (n = 0; n < req->nheaders; n++) {
        header = fuzz_text(&req->headers[n]);
        must(memchr(header.data, '\r', header.len) == NULL);
        must(memchr(header.data, '\n', header.len) == NULL);
        must(!fuzz_begins(url, FUZZ_LOGIN)
             || !fuzz_begins(header, "Authorization"));
        json |= fuzz_begins(header, "Content-Type: application/json");
    }

    if (json && req->method == BILLING_HTTP_POST) {
        body = json_loadb(
            req->body.data, req->body.len, JSON_REJECT_DUPLICATES, NULL);
        must(json_is_object(body));
        json_decref(body);
    }
}


#endif /* FUZZ_REQUEST_H */


/*
 * Sealing of credentials: AES-256-GCM (OpenSSL EVP) under a key from the key
 * file.  The first key of the file seals, every key opens, so keys can be
 * rotated.  The texts that seal a credential say what is authenticated besides:
 *
 *   v1:  domain and account: it does not open in another account
 *   v2:  provider and version of the credentials, too: an older one that was
 *        put back does not open, nor one that is to go to another provider
 *
 * Nodes of before schema 4 know only "v1:".
 */

#ifndef BILLING_STORE_SEAL_H
#define BILLING_STORE_SEAL_H

#include <ngx_config.h>
#include <ngx_core.h>


typedef struct billing_keys_s billing_keys_t;


/* Of an account: what it has in Redis. */
typedef struct {
    ngx_str_t  domain;
    ngx_str_t  account;
    ngx_str_t  provider;
    ngx_uint_t version; /* of the credentials */
    ngx_str_t  sealed;
} billing_sealed_t;


typedef enum {
    BILLING_SEAL_PLACE = 1, /* bound to its account */
    BILLING_SEAL_VERSION    /* and to what it is there */
} billing_seal_form_t;


/*
 * Reads the key file: lines "id:base64 of 32 bytes", blank lines and lines
 * starting with "#" are skipped.  A file that group or others may access is
 * refused.  A relative path is taken from the configuration's folder and
 * becomes absolute.  Returns NULL after logging why, at emerg; keys are wiped
 * when the cycle's pool goes.
 */
billing_keys_t *billing_keys_load(ngx_conf_t *cf, ngx_str_t *path);

/*
 * Sets credential->sealed, allocated from pool: "v2:<key id>:<base64 of nonce,
 * cipher text, tag>".  NGX_ERROR when out of memory or when the cipher fails.
 */
ngx_int_t billing_seal(billing_keys_t *keys, ngx_pool_t *pool,
    billing_sealed_t *credential, billing_seal_form_t form,
    const ngx_str_t *plain);

/*
 * plain is the caller's, to be given to billing_secret_free(); it is set when
 * NGX_OK is returned.  pool is for what is needed meanwhile.  NGX_DECLINED when the key
 * is not known or the text was tampered with.
 */
ngx_int_t billing_seal_open(billing_keys_t *keys, ngx_pool_t *pool,
    const billing_sealed_t *credential, ngx_str_t *plain);

/*
 * 1 if it says that it was sealed under the first key, in this form or a newer
 * one.
 */
ngx_uint_t billing_seal_sealed_so(const billing_keys_t *keys,
    billing_seal_form_t form, const ngx_str_t *sealed);

/* The form that it says it has; 0: it is none. */
ngx_uint_t billing_seal_sealed_form(const ngx_str_t *sealed);

/* The id of the key that it names, 64 bytes of it at most; empty: none. */
ngx_str_t billing_seal_sealed_key(const ngx_str_t *sealed);

/* HMAC-SHA-256 under the first key, in lower-case hex (64 characters). */
ngx_int_t billing_seal_digest(
    billing_keys_t *keys, ngx_pool_t *pool, ngx_str_t *data, ngx_str_t *hex);

/*
 * The same under every key, the first one's first, with commas between: for
 * what must be found again when another key has become the first.
 */
ngx_int_t billing_seal_digests(
    billing_keys_t *keys, ngx_pool_t *pool, ngx_str_t *data, ngx_str_t *list);


#endif /* BILLING_STORE_SEAL_H */

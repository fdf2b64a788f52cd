
/*
 * AES-256-GCM around credentials, and digests.  OpenSSL's own copies of a key
 * (its schedule) are wiped by EVP_CIPHER_CTX_free().
 */

#include "store/keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "event/stack.h"

#include "core/secret.h"


#define BILLING_NONCE_LEN  12
#define BILLING_TAG_LEN    16
#define BILLING_DIGEST_LEN 32


static ngx_int_t seal_aad(ngx_pool_t *pool, const billing_sealed_t *credential,
    ngx_uint_t form, ngx_str_t *aad);
static ngx_int_t seal_encrypt(
    const u_char *key, ngx_str_t *aad, const ngx_str_t *plain, u_char *out);
static ngx_int_t seal_decrypt(
    const u_char *key, ngx_str_t *aad, u_char *in, size_t len, u_char *out);
static billing_key_t *sealed_split(
    billing_keys_t *keys, const ngx_str_t *sealed, ngx_str_t *base64);
static ngx_int_t seal_digest_with(
    const billing_key_t *from, ngx_str_t *data, u_char *hex);


ngx_int_t
billing_seal(billing_keys_t *keys, ngx_pool_t *pool,
    billing_sealed_t *credential, billing_seal_form_t form,
    const ngx_str_t *plain)
{
    u_char        *p;
    ngx_str_t      aad, raw, base64, *sealed;
    billing_key_t *key;

    key = &keys->key[0];
    sealed = &credential->sealed;

    raw.len = BILLING_NONCE_LEN + plain->len + BILLING_TAG_LEN;

    raw.data = ngx_pnalloc(pool, raw.len);
    sealed->data = ngx_pnalloc(pool,
        sizeof("v1::") - 1 + key->id.len + ngx_base64_encoded_length(raw.len));

    if (raw.data == NULL || sealed->data == NULL
        || seal_aad(pool, credential, form, &aad) != NGX_OK
        || seal_encrypt(key->key, &aad, plain, raw.data) != NGX_OK)
    {
        return NGX_ERROR;
    }

    p = ngx_sprintf(sealed->data, "v%d:%V:", form, &key->id);

    base64.data = p;
    ngx_encode_base64(&base64, &raw);
    sealed->len = p + base64.len - sealed->data;

    return NGX_OK;
}


/* Neither a domain nor an id nor a provider that we sealed for has a slash. */

static ngx_int_t
seal_aad(ngx_pool_t *pool, const billing_sealed_t *credential, ngx_uint_t form,
    ngx_str_t *aad)
{
    u_char *p;

    p = ngx_pnalloc(pool, sizeof("v1////") + NGX_INT_T_LEN
                              + credential->domain.len + credential->account.len
                              + credential->provider.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    aad->data = p;
    p = ngx_sprintf(
        p, "v%ui/%V/%V", form, &credential->domain, &credential->account);

    if (form == BILLING_SEAL_VERSION) {
        p = ngx_sprintf(
            p, "/%V/%ui", &credential->provider, credential->version);
    }

    aad->len = p - aad->data;

    return NGX_OK;
}


/* out gets nonce, cipher text and tag. */

static ngx_int_t
seal_encrypt(
    const u_char *key, ngx_str_t *aad, const ngx_str_t *plain, u_char *out)
{
    int             len, ok;
    u_char         *text;
    EVP_CIPHER_CTX *ctx;

    if (RAND_bytes(out, BILLING_NONCE_LEN) != 1) {
        return NGX_ERROR;
    }

    ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    text = out + BILLING_NONCE_LEN;

    ok = EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, out) == 1
         && EVP_EncryptUpdate(ctx, NULL, &len, aad->data, aad->len) == 1
         && EVP_EncryptUpdate(ctx, text, &len, plain->data, plain->len) == 1
         && EVP_EncryptFinal_ex(ctx, text + plain->len, &len) == 1
         && EVP_CIPHER_CTX_ctrl(
                ctx, EVP_CTRL_GCM_GET_TAG, BILLING_TAG_LEN, text + plain->len)
                == 1;

    EVP_CIPHER_CTX_free(ctx);

    return ok ? NGX_OK : NGX_ERROR;
}


ngx_int_t
billing_seal_open(billing_keys_t *keys, ngx_pool_t *pool,
    const billing_sealed_t *credential, ngx_str_t *plain)
{
    ngx_int_t      rc;
    ngx_str_t      aad, raw, base64;
    ngx_uint_t     form;
    billing_key_t *key;

    form = billing_seal_sealed_form(&credential->sealed);
    key = form == 0 ? NULL : sealed_split(keys, &credential->sealed, &base64);
    if (key == NULL) {
        return NGX_DECLINED;
    }

    raw.data = ngx_pnalloc(pool, ngx_base64_decoded_length(base64.len));

    if (raw.data == NULL || seal_aad(pool, credential, form, &aad) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_decode_base64(&raw, &base64) != NGX_OK
        || raw.len < BILLING_NONCE_LEN + BILLING_TAG_LEN)
    {
        return NGX_DECLINED;
    }

    plain->len = raw.len - BILLING_NONCE_LEN - BILLING_TAG_LEN;
    plain->data = billing_secret_alloc(plain->len + 1);
    if (plain->data == NULL) {
        return NGX_ERROR;
    }

    rc = seal_decrypt(key->key, &aad, raw.data, plain->len, plain->data);
    billing_stack_wipe();

    /* GCM hands bytes out before it has checked them */

    if (rc != NGX_OK) {
        billing_secret_free(plain->data);
    }

    return rc;
}


/* Of a text that has a form. */
static billing_key_t *
sealed_split(billing_keys_t *keys, const ngx_str_t *sealed, ngx_str_t *base64)
{
    u_char   *last, *colon;
    ngx_str_t id;

    last = sealed->data + sealed->len;
    id.data = sealed->data + 3;

    colon = ngx_strlchr(id.data, last, ':');
    if (colon == NULL) {
        return NULL;
    }

    id.len = colon - id.data;
    base64->data = colon + 1;
    base64->len = last - base64->data;

    return billing_keys_key_find(keys, &id);
}


/* in is nonce, len bytes of cipher text, tag. */

static ngx_int_t
seal_decrypt(
    const u_char *key, ngx_str_t *aad, u_char *in, size_t len, u_char *out)
{
    int             n;
    u_char         *text;
    ngx_int_t       rc;
    EVP_CIPHER_CTX *ctx;

    ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    text = in + BILLING_NONCE_LEN;
    rc = NGX_ERROR;

    /* whether the text is genuine only the last one says */

    if (EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, in) == 1
        && EVP_CIPHER_CTX_ctrl(
               ctx, EVP_CTRL_GCM_SET_TAG, BILLING_TAG_LEN, text + len)
               == 1
        && EVP_DecryptUpdate(ctx, NULL, &n, aad->data, aad->len) == 1
        && EVP_DecryptUpdate(ctx, out, &n, text, len) == 1)
    {
        rc = EVP_DecryptFinal_ex(ctx, out + len, &n) == 1 ? NGX_OK
                                                          : NGX_DECLINED;
    }

    EVP_CIPHER_CTX_free(ctx);

    return rc;
}


ngx_uint_t
billing_seal_sealed_form(const ngx_str_t *sealed)
{
    if (sealed->len < 3 || sealed->data[0] != 'v' || sealed->data[2] != ':'
        || sealed->data[1] < '0' + BILLING_SEAL_PLACE
        || sealed->data[1] > '0' + BILLING_SEAL_VERSION)
    {
        return 0;
    }

    return sealed->data[1] - '0';
}


ngx_str_t
billing_seal_sealed_key(const ngx_str_t *sealed)
{
    u_char   *last, *colon;
    ngx_str_t key = ngx_null_string;

    last = sealed->data + sealed->len;
    colon = ngx_strlchr(sealed->data, last, ':');

    if (colon != NULL) {
        key.data = colon + 1;
        colon = ngx_strlchr(key.data, last, ':');
        key.len = ngx_min((colon == NULL ? last : colon) - key.data, 64);
    }

    return key;
}


ngx_uint_t
billing_seal_sealed_so(const billing_keys_t *keys, billing_seal_form_t form,
    const ngx_str_t *sealed)
{
    const ngx_str_t *id;

    id = &keys->key[0].id;

    return billing_seal_sealed_form(sealed) >= form && sealed->len > id->len + 3
           && ngx_memcmp(sealed->data + 3, id->data, id->len) == 0
           && sealed->data[3 + id->len] == ':';
}


ngx_int_t
billing_seal_digest(
    billing_keys_t *keys, ngx_pool_t *pool, ngx_str_t *data, ngx_str_t *hex)
{
    hex->len = 2 * BILLING_DIGEST_LEN;
    hex->data = ngx_pnalloc(pool, hex->len);

    return hex->data == NULL ? NGX_ERROR
                             : seal_digest_with(&keys->key[0], data, hex->data);
}


ngx_int_t
billing_seal_digests(
    billing_keys_t *keys, ngx_pool_t *pool, ngx_str_t *data, ngx_str_t *list)
{
    u_char    *p;
    ngx_uint_t i;

    p = ngx_pnalloc(pool, keys->count * (2 * BILLING_DIGEST_LEN + 1));
    if (p == NULL) {
        return NGX_ERROR;
    }

    list->data = p;

    for (i = 0; i < keys->count; i++) {
        if (i != 0) {
            *p++ = ',';
        }

        if (seal_digest_with(&keys->key[i], data, p) != NGX_OK) {
            return NGX_ERROR;
        }

        p += 2 * BILLING_DIGEST_LEN;
    }

    list->len = p - list->data;

    return NGX_OK;
}


/* Keys do not serve two purposes: the HMAC key is derived from it. */
static ngx_int_t
seal_digest_with(const billing_key_t *from, ngx_str_t *data, u_char *hex)
{
    int                 ok;
    u_char              key[BILLING_DIGEST_LEN];
    u_char              md[BILLING_DIGEST_LEN];
    unsigned            len;
    static const u_char label[] = "ngx_http_billing digest v1";

    ok = HMAC(EVP_sha256(), from->key, BILLING_KEY_LEN, label,
             sizeof(label) - 1, key, &len)
             != NULL
         && HMAC(EVP_sha256(), key, BILLING_DIGEST_LEN, data->data, data->len,
                md, &len)
                != NULL;

    OPENSSL_cleanse(key, sizeof(key));

    if (!ok) {
        return NGX_ERROR;
    }

    ngx_hex_dump(hex, md, BILLING_DIGEST_LEN);

    return NGX_OK;
}


/*
 * Reading the key file, and AES-256-GCM around credentials.
 *
 * Keys live in a block of the cycle's pool that a cleanup wipes; the text of
 * the file is wiped as soon as it is read.  OpenSSL's own copies (key
 * schedules) are wiped by EVP_CIPHER_CTX_free().
 */

#include "store/ngx_http_billing_seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>


#define NGX_HTTP_BILLING_KEYS_MAX     16
#define NGX_HTTP_BILLING_KEY_LEN      32
#define NGX_HTTP_BILLING_KEY_ID_LEN   32
#define NGX_HTTP_BILLING_KEY_FILE_MAX 16384
#define NGX_HTTP_BILLING_NONCE_LEN    12
#define NGX_HTTP_BILLING_TAG_LEN      16
#define NGX_HTTP_BILLING_DIGEST_LEN   32


typedef struct {
    ngx_str_t id;
    u_char    key[NGX_HTTP_BILLING_KEY_LEN];
} ngx_http_billing_key_t;


struct ngx_http_billing_keys_s {
    ngx_http_billing_key_t key[NGX_HTTP_BILLING_KEYS_MAX];
    ngx_uint_t             count;
};


static void      ngx_http_billing_keys_wipe(void *data);
static ngx_int_t ngx_http_billing_keys_read(
    ngx_conf_t *cf, ngx_str_t *path, u_char *buf, size_t *len);
static ngx_int_t ngx_http_billing_keys_stat(
    ngx_conf_t *cf, ngx_str_t *path, ngx_fd_t fd);
static ngx_int_t   ngx_http_billing_keys_parse(ngx_conf_t *cf, ngx_str_t *path,
      u_char *buf, size_t len, ngx_http_billing_keys_t *keys);
static const char *ngx_http_billing_keys_line(
    ngx_conf_t *cf, ngx_http_billing_keys_t *keys, ngx_str_t *line);
static ngx_int_t ngx_http_billing_key_id_valid(ngx_str_t *id);

static ngx_http_billing_key_t *ngx_http_billing_key_find(
    ngx_http_billing_keys_t *keys, ngx_str_t *id);
static ngx_int_t ngx_http_billing_aad(
    ngx_pool_t *pool, ngx_str_t *domain, ngx_str_t *id, ngx_str_t *aad);
static ngx_int_t ngx_http_billing_encrypt(
    const u_char *key, ngx_str_t *aad, ngx_str_t *plain, u_char *out);
static ngx_int_t ngx_http_billing_decrypt(
    const u_char *key, ngx_str_t *aad, u_char *in, size_t len, u_char *out);
static ngx_http_billing_key_t *ngx_http_billing_sealed_split(
    ngx_http_billing_keys_t *keys, ngx_str_t *sealed, ngx_str_t *base64);


ngx_http_billing_keys_t *
ngx_http_billing_keys_load(ngx_conf_t *cf, ngx_str_t *path)
{
    size_t                   len;
    u_char                  *buf;
    ngx_int_t                rc;
    ngx_pool_cleanup_t      *cln;
    ngx_http_billing_keys_t *keys;

    keys = ngx_pcalloc(cf->pool, sizeof(ngx_http_billing_keys_t));
    if (keys == NULL) {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_billing_keys_wipe;
    cln->data = keys;

    buf = ngx_alloc(NGX_HTTP_BILLING_KEY_FILE_MAX, cf->log);
    if (buf == NULL) {
        return NULL;
    }

    rc = ngx_http_billing_keys_read(cf, path, buf, &len);

    if (rc == NGX_OK) {
        rc = ngx_http_billing_keys_parse(cf, path, buf, len, keys);
    }

    OPENSSL_cleanse(buf, NGX_HTTP_BILLING_KEY_FILE_MAX);
    ngx_free(buf);

    return rc == NGX_OK ? keys : NULL;
}


static void
ngx_http_billing_keys_wipe(void *data)
{
    OPENSSL_cleanse(data, sizeof(ngx_http_billing_keys_t));
}


static ngx_int_t
ngx_http_billing_keys_read(
    ngx_conf_t *cf, ngx_str_t *path, u_char *buf, size_t *len)
{
    ssize_t   n;
    ngx_fd_t  fd;
    ngx_int_t rc;

    /* adds the terminating zero, too */

    if (ngx_conf_full_name(cf->cycle, path, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    fd = ngx_open_file(
        path->data, NGX_FILE_RDONLY | NGX_FILE_NONBLOCK, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, ngx_errno,
            "cannot open the billing key file \"%V\"", path);
        return NGX_ERROR;
    }

    rc = ngx_http_billing_keys_stat(cf, path, fd);

    if (rc == NGX_OK) {
        n = ngx_read_fd(fd, buf, NGX_HTTP_BILLING_KEY_FILE_MAX);

        if (n == -1) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, ngx_errno,
                "cannot read the billing key file \"%V\"", path);
            rc = NGX_ERROR;
        }

        *len = n;
    }

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ALERT, cf->log, ngx_errno,
            ngx_close_file_n " \"%V\" failed", path);
    }

    return rc;
}


/* Asked of the open file, so that what is checked is what is read. */

static ngx_int_t
ngx_http_billing_keys_stat(ngx_conf_t *cf, ngx_str_t *path, ngx_fd_t fd)
{
    ngx_file_info_t fi;

    if (ngx_fd_info(fd, &fi) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, ngx_errno,
            ngx_fd_info_n " \"%V\" failed", path);
        return NGX_ERROR;
    }

    if (!ngx_is_file(&fi)) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
            "the billing key file \"%V\" is not a regular file", path);
        return NGX_ERROR;
    }

    if (ngx_file_access(&fi) & 077) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
            "the billing key file \"%V\" is accessible by group or others "
            "(mode %04xo), use \"chmod 600\"",
            path, (ngx_uint_t) ngx_file_access(&fi));
        return NGX_ERROR;
    }

    if (ngx_file_size(&fi) >= NGX_HTTP_BILLING_KEY_FILE_MAX) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
            "the billing key file \"%V\" is too large", path);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_billing_keys_parse(ngx_conf_t *cf, ngx_str_t *path, u_char *buf,
    size_t len, ngx_http_billing_keys_t *keys)
{
    u_char     *p, *end, *last;
    ngx_str_t   line;
    ngx_uint_t  n;
    const char *why;

    last = buf + len;

    for (p = buf, n = 1; p < last; p = end + 1, n++) {
        end = ngx_strlchr(p, last, LF);
        if (end == NULL) {
            end = last;
        }

        line.data = p;
        line.len = end - p;

        while (
            line.len != 0
            && (line.data[line.len - 1] == CR || line.data[line.len - 1] == ' '
                || line.data[line.len - 1] == '\t'))
        {
            line.len--;
        }

        if (line.len == 0 || line.data[0] == '#') {
            continue;
        }

        why = ngx_http_billing_keys_line(cf, keys, &line);

        if (why != NULL) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "%s in \"%V\" line %ui",
                why, path, n);
            return NGX_ERROR;
        }
    }

    if (keys->count == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
            "the billing key file \"%V\" holds no key", path);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* Returns what is wrong with the line, or NULL. */

static const char *
ngx_http_billing_keys_line(
    ngx_conf_t *cf, ngx_http_billing_keys_t *keys, ngx_str_t *line)
{
    u_char                  buf[64], *colon;
    ngx_str_t               id, text, key;
    ngx_int_t               rc;
    ngx_http_billing_key_t *entry;

    colon = ngx_strlchr(line->data, line->data + line->len, ':');
    if (colon == NULL) {
        return "a key that is not written \"id:base64\"";
    }

    id.data = line->data;
    id.len = colon - line->data;
    text.data = colon + 1;
    text.len = line->len - id.len - 1;

    if (ngx_http_billing_key_id_valid(&id) != NGX_OK) {
        return "invalid key id";
    }

    if (ngx_http_billing_key_find(keys, &id) != NULL) {
        return "duplicate key id";
    }

    if (keys->count == NGX_HTTP_BILLING_KEYS_MAX) {
        return "too many keys";
    }

    if (ngx_base64_decoded_length(text.len) > sizeof(buf)) {
        return "a key that is not 32 bytes long";
    }

    key.data = buf;
    rc = ngx_decode_base64(&key, &text);

    if (rc != NGX_OK || key.len != NGX_HTTP_BILLING_KEY_LEN) {
        OPENSSL_cleanse(buf, sizeof(buf));
        return rc != NGX_OK ? "a key that is not valid base64"
                            : "a key that is not 32 bytes long";
    }

    entry = &keys->key[keys->count];

    entry->id.len = id.len;
    entry->id.data = ngx_pstrdup(cf->pool, &id);

    if (entry->id.data == NULL) {
        OPENSSL_cleanse(buf, sizeof(buf));
        return "no memory for a key";
    }

    ngx_memcpy(entry->key, buf, NGX_HTTP_BILLING_KEY_LEN);
    OPENSSL_cleanse(buf, sizeof(buf));
    keys->count++;

    return NULL;
}


static ngx_int_t
ngx_http_billing_key_id_valid(ngx_str_t *id)
{
    u_char     ch;
    ngx_uint_t i;

    if (id->len == 0 || id->len > NGX_HTTP_BILLING_KEY_ID_LEN) {
        return NGX_ERROR;
    }

    for (i = 0; i < id->len; i++) {
        ch = id->data[i];

        if (!(ch >= 'a' && ch <= 'z') && !(ch >= 'A' && ch <= 'Z')
            && !(ch >= '0' && ch <= '9') && ch != '.' && ch != '_' && ch != '-')
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_http_billing_key_t *
ngx_http_billing_key_find(ngx_http_billing_keys_t *keys, ngx_str_t *id)
{
    ngx_uint_t i;

    for (i = 0; i < keys->count; i++) {
        if (keys->key[i].id.len == id->len
            && ngx_memcmp(keys->key[i].id.data, id->data, id->len) == 0)
        {
            return &keys->key[i];
        }
    }

    return NULL;
}


ngx_int_t
ngx_http_billing_seal(ngx_http_billing_keys_t *keys, ngx_pool_t *pool,
    ngx_str_t *domain, ngx_str_t *id, ngx_str_t *plain, ngx_str_t *sealed)
{
    u_char                 *p;
    ngx_str_t               aad, raw, base64;
    ngx_http_billing_key_t *key;

    key = &keys->key[0];

    raw.len = NGX_HTTP_BILLING_NONCE_LEN + plain->len
              + NGX_HTTP_BILLING_TAG_LEN;

    raw.data = ngx_pnalloc(pool, raw.len);
    sealed->data = ngx_pnalloc(pool,
        sizeof("v1::") - 1 + key->id.len + ngx_base64_encoded_length(raw.len));

    if (raw.data == NULL || sealed->data == NULL
        || ngx_http_billing_aad(pool, domain, id, &aad) != NGX_OK
        || ngx_http_billing_encrypt(key->key, &aad, plain, raw.data) != NGX_OK)
    {
        return NGX_ERROR;
    }

    p = ngx_sprintf(sealed->data, "v1:%V:", &key->id);

    base64.data = p;
    ngx_encode_base64(&base64, &raw);
    sealed->len = p + base64.len - sealed->data;

    return NGX_OK;
}


/* Neither a domain nor an id can hold a slash. */

static ngx_int_t
ngx_http_billing_aad(
    ngx_pool_t *pool, ngx_str_t *domain, ngx_str_t *id, ngx_str_t *aad)
{
    aad->len = sizeof("v1//") - 1 + domain->len + id->len;
    aad->data = ngx_pnalloc(pool, aad->len);
    if (aad->data == NULL) {
        return NGX_ERROR;
    }

    ngx_sprintf(aad->data, "v1/%V/%V", domain, id);

    return NGX_OK;
}


/* out gets nonce, cipher text and tag. */

static ngx_int_t
ngx_http_billing_encrypt(
    const u_char *key, ngx_str_t *aad, ngx_str_t *plain, u_char *out)
{
    int             len, ok;
    u_char         *text;
    EVP_CIPHER_CTX *ctx;

    if (RAND_bytes(out, NGX_HTTP_BILLING_NONCE_LEN) != 1) {
        return NGX_ERROR;
    }

    ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    text = out + NGX_HTTP_BILLING_NONCE_LEN;

    ok = EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, out) == 1
         && EVP_EncryptUpdate(ctx, NULL, &len, aad->data, aad->len) == 1
         && EVP_EncryptUpdate(ctx, text, &len, plain->data, plain->len) == 1
         && EVP_EncryptFinal_ex(ctx, text + plain->len, &len) == 1
         && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG,
                NGX_HTTP_BILLING_TAG_LEN, text + plain->len)
                == 1;

    EVP_CIPHER_CTX_free(ctx);

    return ok ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_http_billing_open(ngx_http_billing_keys_t *keys, ngx_pool_t *pool,
    ngx_str_t *domain, ngx_str_t *id, ngx_str_t *sealed, ngx_str_t *plain)
{
    ngx_int_t               rc;
    ngx_str_t               aad, raw, base64;
    ngx_http_billing_key_t *key;

    key = ngx_http_billing_sealed_split(keys, sealed, &base64);
    if (key == NULL) {
        return NGX_DECLINED;
    }

    raw.data = ngx_pnalloc(pool, ngx_base64_decoded_length(base64.len));

    if (raw.data == NULL
        || ngx_http_billing_aad(pool, domain, id, &aad) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_decode_base64(&raw, &base64) != NGX_OK
        || raw.len < NGX_HTTP_BILLING_NONCE_LEN + NGX_HTTP_BILLING_TAG_LEN)
    {
        return NGX_DECLINED;
    }

    plain->len = raw.len - NGX_HTTP_BILLING_NONCE_LEN
                 - NGX_HTTP_BILLING_TAG_LEN;
    plain->data = ngx_pnalloc(pool, plain->len + 1);
    if (plain->data == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_http_billing_decrypt(
        key->key, &aad, raw.data, plain->len, plain->data);

    /* GCM hands bytes out before it has checked them */

    if (rc == NGX_DECLINED) {
        OPENSSL_cleanse(plain->data, plain->len);
    }

    return rc;
}


static ngx_http_billing_key_t *
ngx_http_billing_sealed_split(
    ngx_http_billing_keys_t *keys, ngx_str_t *sealed, ngx_str_t *base64)
{
    u_char   *last, *colon;
    ngx_str_t id;

    if (sealed->len < 3 || ngx_strncmp(sealed->data, "v1:", 3) != 0) {
        return NULL;
    }

    last = sealed->data + sealed->len;
    id.data = sealed->data + 3;

    colon = ngx_strlchr(id.data, last, ':');
    if (colon == NULL) {
        return NULL;
    }

    id.len = colon - id.data;
    base64->data = colon + 1;
    base64->len = last - base64->data;

    return ngx_http_billing_key_find(keys, &id);
}


/* in is nonce, len bytes of cipher text, tag. */

static ngx_int_t
ngx_http_billing_decrypt(
    const u_char *key, ngx_str_t *aad, u_char *in, size_t len, u_char *out)
{
    int             n, ok;
    u_char         *text;
    EVP_CIPHER_CTX *ctx;

    ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    text = in + NGX_HTTP_BILLING_NONCE_LEN;

    ok = EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, in) == 1
         && EVP_CIPHER_CTX_ctrl(
                ctx, EVP_CTRL_GCM_SET_TAG, NGX_HTTP_BILLING_TAG_LEN, text + len)
                == 1
         && EVP_DecryptUpdate(ctx, NULL, &n, aad->data, aad->len) == 1
         && EVP_DecryptUpdate(ctx, out, &n, text, len) == 1
         && EVP_DecryptFinal_ex(ctx, out + len, &n) == 1;

    EVP_CIPHER_CTX_free(ctx);

    return ok ? NGX_OK : NGX_DECLINED;
}


/* Keys do not serve two purposes: the HMAC key is derived from the first. */

ngx_int_t
ngx_http_billing_digest(ngx_http_billing_keys_t *keys, ngx_pool_t *pool,
    ngx_str_t *data, ngx_str_t *hex)
{
    int                 ok;
    u_char              key[NGX_HTTP_BILLING_DIGEST_LEN];
    u_char              md[NGX_HTTP_BILLING_DIGEST_LEN];
    unsigned            len;
    static const u_char label[] = "ngx_http_billing digest v1";

    hex->len = 2 * NGX_HTTP_BILLING_DIGEST_LEN;
    hex->data = ngx_pnalloc(pool, hex->len);
    if (hex->data == NULL) {
        return NGX_ERROR;
    }

    ok = HMAC(EVP_sha256(), keys->key[0].key, NGX_HTTP_BILLING_KEY_LEN, label,
             sizeof(label) - 1, key, &len)
             != NULL
         && HMAC(EVP_sha256(), key, NGX_HTTP_BILLING_DIGEST_LEN, data->data,
                data->len, md, &len)
                != NULL;

    OPENSSL_cleanse(key, sizeof(key));

    if (!ok) {
        return NGX_ERROR;
    }

    ngx_hex_dump(hex->data, md, NGX_HTTP_BILLING_DIGEST_LEN);

    return NGX_OK;
}

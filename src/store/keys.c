
/*
 * Reading the key file.  Keys live as long as the cycle's pool, but not in it:
 * in memory that is overwritten after use and in no core dump.  So is the text
 * of the file.
 */

#include "store/keys.h"

#include <openssl/crypto.h>

#include "core/secret.h"


#define BILLING_KEY_ID_LEN   32
#define BILLING_KEY_FILE_MAX 16384


static ngx_int_t keys_read(
    ngx_conf_t *cf, ngx_str_t *path, u_char *buf, size_t *len);
static ngx_int_t   keys_stat(ngx_conf_t *cf, ngx_str_t *path, ngx_fd_t fd);
static ngx_int_t   keys_parse(ngx_conf_t *cf, ngx_str_t *path, u_char *buf,
      size_t len, billing_keys_t *keys);
static const char *keys_line(
    ngx_conf_t *cf, billing_keys_t *keys, ngx_str_t *line);
static ngx_int_t key_id_valid(ngx_str_t *id);


billing_keys_t *
billing_keys_load(ngx_conf_t *cf, ngx_str_t *path)
{
    size_t              len;
    u_char             *buf;
    ngx_int_t           rc;
    ngx_pool_cleanup_t *cln;
    billing_keys_t     *keys;

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    keys = billing_secret_calloc(1, sizeof(billing_keys_t));

    if (cln == NULL || keys == NULL) {
        billing_secret_free(keys);
        return NULL;
    }

    cln->handler = billing_secret_free;
    cln->data = keys;

    buf = billing_secret_alloc(BILLING_KEY_FILE_MAX);
    if (buf == NULL) {
        return NULL;
    }

    rc = keys_read(cf, path, buf, &len);

    if (rc == NGX_OK) {
        rc = keys_parse(cf, path, buf, len, keys);
    }

    billing_secret_free(buf);

    return rc == NGX_OK ? keys : NULL;
}


static ngx_int_t
keys_read(ngx_conf_t *cf, ngx_str_t *path, u_char *buf, size_t *len)
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

    rc = keys_stat(cf, path, fd);

    if (rc == NGX_OK) {
        n = ngx_read_fd(fd, buf, BILLING_KEY_FILE_MAX);

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
keys_stat(ngx_conf_t *cf, ngx_str_t *path, ngx_fd_t fd)
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

    if (ngx_file_size(&fi) >= BILLING_KEY_FILE_MAX) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
            "the billing key file \"%V\" is too large", path);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
keys_parse(ngx_conf_t *cf, ngx_str_t *path, u_char *buf, size_t len,
    billing_keys_t *keys)
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

        why = keys_line(cf, keys, &line);

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
keys_line(ngx_conf_t *cf, billing_keys_t *keys, ngx_str_t *line)
{
    u_char         buf[64], *colon;
    ngx_str_t      id, text, key;
    ngx_int_t      rc;
    billing_key_t *entry;

    colon = ngx_strlchr(line->data, line->data + line->len, ':');
    if (colon == NULL) {
        return "a key that is not written \"id:base64\"";
    }

    id.data = line->data;
    id.len = colon - line->data;
    text.data = colon + 1;
    text.len = line->len - id.len - 1;

    if (key_id_valid(&id) != NGX_OK) {
        return "invalid key id";
    }

    if (billing_keys_key_find(keys, &id) != NULL) {
        return "duplicate key id";
    }

    if (keys->count == BILLING_KEYS_MAX) {
        return "too many keys";
    }

    if (ngx_base64_decoded_length(text.len) > sizeof(buf)) {
        return "a key that is not 32 bytes long";
    }

    key.data = buf;
    rc = ngx_decode_base64(&key, &text);

    if (rc != NGX_OK || key.len != BILLING_KEY_LEN) {
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

    ngx_memcpy(entry->key, buf, BILLING_KEY_LEN);
    OPENSSL_cleanse(buf, sizeof(buf));
    keys->count++;

    return NULL;
}


static ngx_int_t
key_id_valid(ngx_str_t *id)
{
    u_char     ch;
    ngx_uint_t i;

    if (id->len == 0 || id->len > BILLING_KEY_ID_LEN) {
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


billing_key_t *
billing_keys_key_find(billing_keys_t *keys, ngx_str_t *id)
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

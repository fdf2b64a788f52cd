
/*
 * The URL of Redis, read at configuration time.
 *
 * The errors are constants: a URL may hold a password.
 */

#include <ngx_config.h>
#include <ngx_core.h>

#include "event/ngx_billing_redis.h"


#define NGX_BILLING_REDIS_PORT 6379

/*
 * hiredis 0.14 copies the path with strncpy() into a structure that it has not
 * cleared: the last byte of sun_path has to be one of the padding.
 */
#define NGX_BILLING_REDIS_MAX_PATH \
    (sizeof(((struct sockaddr_un *) 0)->sun_path) - 2)


typedef struct {
    ngx_str_t prefix;
    char     *error;
} ngx_billing_redis_scheme_t;


static char *ngx_billing_redis_parse_unix(
    ngx_conf_t *cf, ngx_str_t rest, ngx_billing_redis_conf_t *conf);
static char *ngx_billing_redis_parse_tcp(
    ngx_conf_t *cf, ngx_str_t rest, ngx_billing_redis_conf_t *conf);
static char *ngx_billing_redis_parse_user(
    ngx_conf_t *cf, ngx_str_t text, ngx_billing_redis_conf_t *conf);
static char *ngx_billing_redis_parse_host(
    ngx_conf_t *cf, ngx_str_t text, ngx_billing_redis_conf_t *conf);
static char *ngx_billing_redis_parse_db(
    ngx_str_t text, ngx_billing_redis_conf_t *conf);
static ngx_int_t ngx_billing_redis_decode(
    ngx_pool_t *pool, ngx_str_t text, ngx_str_t *decoded);
static ngx_int_t ngx_billing_redis_copy(
    ngx_pool_t *pool, ngx_str_t text, ngx_str_t *copy);
static ngx_uint_t ngx_billing_redis_cut(
    ngx_str_t *text, u_char *at, ngx_str_t *rest);


static ngx_billing_redis_scheme_t ngx_billing_redis_refused[] = {
    { ngx_string("rediss://"), "names \"rediss://\": TLS is not supported, "
                               "use a tunnel or a unix socket" },
    { ngx_string("sentinel://"), "names \"sentinel://\": Redis Sentinel is "
                                 "not supported" },
    { ngx_string("cluster://"), "names \"cluster://\": Redis Cluster is "
                                "not supported" },
    { ngx_null_string, NULL }
};


char *
ngx_billing_redis_parse_url(
    ngx_conf_t *cf, ngx_str_t *url, ngx_billing_redis_conf_t *conf)
{
    ngx_str_t                   rest;
    ngx_billing_redis_scheme_t *scheme;

    for (scheme = ngx_billing_redis_refused; scheme->error != NULL; scheme++) {
        if (url->len >= scheme->prefix.len
            && ngx_strncasecmp(
                   url->data, scheme->prefix.data, scheme->prefix.len)
                   == 0)
        {
            return scheme->error;
        }
    }

    ngx_str_null(&conf->host);
    ngx_str_null(&conf->path);
    ngx_str_null(&conf->user);
    ngx_str_null(&conf->password);
    conf->port = 0;
    conf->db = 0;

    rest = *url;

    if (url->len >= 8
        && ngx_strncasecmp(url->data, (u_char *) "redis://", 8) == 0) {
        rest.data += 8;
        rest.len -= 8;
        return ngx_billing_redis_parse_tcp(cf, rest, conf);
    }

    if (url->len >= 5 && ngx_strncasecmp(url->data, (u_char *) "unix:", 5) == 0)
    {
        rest.data += 5;
        rest.len -= 5;
        return ngx_billing_redis_parse_unix(cf, rest, conf);
    }

    return "has a URL that begins neither with \"redis://\" nor with \"unix:\"";
}


static char *
ngx_billing_redis_parse_unix(
    ngx_conf_t *cf, ngx_str_t rest, ngx_billing_redis_conf_t *conf)
{
    char     *error;
    ngx_str_t query;

    if (ngx_billing_redis_cut(
            &rest, ngx_strlchr(rest.data, rest.data + rest.len, '?'), &query))
    {
        if (query.len < 3 || ngx_strncmp(query.data, "db=", 3) != 0) {
            return "has an unknown parameter in its URL, only \"db=\" is one";
        }

        query.data += 3;
        query.len -= 3;

        error = ngx_billing_redis_parse_db(query, conf);
        if (error != NGX_CONF_OK) {
            return error;
        }
    }

    if (rest.len == 0 || rest.data[0] != '/') {
        return "has no absolute path after \"unix:\"";
    }

    if (rest.len > NGX_BILLING_REDIS_MAX_PATH) {
        return "has a path that is too long for a unix socket";
    }

    conf->name.len = rest.len + sizeof("unix:") - 1;
    conf->name.data = ngx_pnalloc(cf->pool, conf->name.len);
    if (conf->name.data == NULL
        || ngx_billing_redis_copy(cf->pool, rest, &conf->path) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    ngx_sprintf(conf->name.data, "unix:%V", &rest);

    return NGX_CONF_OK;
}


static char *
ngx_billing_redis_parse_tcp(
    ngx_conf_t *cf, ngx_str_t rest, ngx_billing_redis_conf_t *conf)
{
    u_char   *p;
    char     *error;
    ngx_str_t db, host;

    if (ngx_billing_redis_cut(
            &rest, ngx_strlchr(rest.data, rest.data + rest.len, '/'), &db)
        && db.len > 0)
    {
        error = ngx_billing_redis_parse_db(db, conf);
        if (error != NGX_CONF_OK) {
            return error;
        }
    }

    /* the last "@": nobody who wrote another one meant a host by it */

    for (p = rest.data + rest.len; p > rest.data && p[-1] != '@'; p--) {
        /* void */
    }

    if (p == rest.data) {
        return ngx_billing_redis_parse_host(cf, rest, conf);
    }

    ngx_str_null(&host);
    (void) ngx_billing_redis_cut(&rest, p - 1, &host);

    error = ngx_billing_redis_parse_user(cf, rest, conf);
    if (error != NGX_CONF_OK) {
        return error;
    }

    return ngx_billing_redis_parse_host(cf, host, conf);
}


static char *
ngx_billing_redis_parse_user(
    ngx_conf_t *cf, ngx_str_t text, ngx_billing_redis_conf_t *conf)
{
    ngx_str_t password;

    if (!ngx_billing_redis_cut(
            &text, ngx_strlchr(text.data, text.data + text.len, ':'), &password)
        || password.len == 0)
    {
        return "has a URL with a user but no password";
    }

    if (ngx_billing_redis_decode(cf->pool, text, &conf->user) != NGX_OK
        || ngx_billing_redis_decode(cf->pool, password, &conf->password)
               != NGX_OK)
    {
        return "has a user or password that is not percent-encoded";
    }

    return NGX_CONF_OK;
}


static char *
ngx_billing_redis_parse_host(
    ngx_conf_t *cf, ngx_str_t text, ngx_billing_redis_conf_t *conf)
{
    u_char   *p;
    ngx_url_t u;

    if (text.len == 0 || text.data[0] == ':') {
        return "has no host in its URL";
    }

    /* ngx_parse_url() would take it for a unix socket or a path */

    for (p = text.data; p < text.data + text.len; p++) {
        if (*p <= ' ' || *p == '?' || *p == '#' || *p == 0x7f) {
            return "has an invalid host in its URL";
        }
    }

    ngx_memzero(&u, sizeof(ngx_url_t));
    u.url = text;
    u.default_port = NGX_BILLING_REDIS_PORT;

    if (ngx_parse_url(cf->pool, &u) != NGX_OK) {
        return u.err != NULL && ngx_strcmp(u.err, "host not found") == 0
                   ? "has a host in its URL that is not found"
                   : "has an invalid host or port in its URL";
    }

    conf->name = u.addrs[0].name;
    conf->port = ngx_inet_get_port(u.addrs[0].sockaddr);

    conf->host.data = ngx_pnalloc(cf->pool, NGX_SOCKADDR_STRLEN + 1);
    if (conf->host.data == NULL) {
        return NGX_CONF_ERROR;
    }

    conf->host.len = ngx_sock_ntop(u.addrs[0].sockaddr, u.addrs[0].socklen,
        conf->host.data, NGX_SOCKADDR_STRLEN, 0);
    conf->host.data[conf->host.len] = '\0';

    return NGX_CONF_OK;
}


static char *
ngx_billing_redis_parse_db(ngx_str_t text, ngx_billing_redis_conf_t *conf)
{
    conf->db = ngx_atoi(text.data, text.len);

    if (conf->db == NGX_ERROR) {
        return "has an invalid database number in its URL";
    }

    return NGX_CONF_OK;
}


/* Percent-encoding (RFC 3986, section 2.1); "+" stays. */
static ngx_int_t
ngx_billing_redis_decode(ngx_pool_t *pool, ngx_str_t text, ngx_str_t *decoded)
{
    u_char   *p, *last, *dst;
    ngx_int_t byte;

    dst = ngx_pnalloc(pool, text.len + 1);
    if (dst == NULL) {
        return NGX_ERROR;
    }

    decoded->data = dst;
    last = text.data + text.len;

    for (p = text.data; p < last; p++) {
        if (*p != '%') {
            *dst++ = *p;
            continue;
        }

        byte = last - p > 2 ? ngx_hextoi(p + 1, 2) : NGX_ERROR;
        if (byte == NGX_ERROR) {
            return NGX_ERROR;
        }

        *dst++ = (u_char) byte;
        p += 2;
    }

    decoded->len = dst - decoded->data;

    return NGX_OK;
}


static ngx_int_t
ngx_billing_redis_copy(ngx_pool_t *pool, ngx_str_t text, ngx_str_t *copy)
{
    copy->data = ngx_pnalloc(pool, text.len + 1);
    if (copy->data == NULL) {
        return NGX_ERROR;
    }

    copy->len = text.len;
    *ngx_cpymem(copy->data, text.data, text.len) = '\0';

    return NGX_OK;
}


/* Cuts text in two at the character at, which goes; 0 if that is NULL. */
static ngx_uint_t
ngx_billing_redis_cut(ngx_str_t *text, u_char *at, ngx_str_t *rest)
{
    if (at == NULL) {
        return 0;
    }

    rest->data = at + 1;
    rest->len = text->data + text->len - rest->data;
    text->len = at - text->data;

    return 1;
}

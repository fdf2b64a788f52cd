
/*
 * The URL of Redis, read at configuration time.
 *
 * The errors are constants: a URL may hold a password.
 */

#include "event/ngx_billing_redis_internal.h"


#define NGX_BILLING_REDIS_PORT 6379

/*
 * hiredis 0.14 copies the path with strncpy() into a structure that it has not
 * cleared: the last byte of sun_path has to be one of the padding.
 */
#define NGX_BILLING_REDIS_MAX_PATH \
    (sizeof(((struct sockaddr_un *) 0)->sun_path) - 2)


static char *ngx_billing_redis_parse_unix(
    ngx_conf_t *cf, ngx_str_t rest, ngx_billing_redis_conf_t *conf);
static char *ngx_billing_redis_parse_tcp(
    ngx_conf_t *cf, ngx_str_t rest, ngx_billing_redis_conf_t *conf);
static char *ngx_billing_redis_parse_tls(
    ngx_conf_t *cf, ngx_str_t rest, ngx_billing_redis_conf_t *conf);
static ngx_int_t ngx_billing_redis_decode(
    ngx_pool_t *pool, ngx_str_t text, ngx_str_t *decoded);
static ngx_int_t ngx_billing_redis_copy(
    ngx_pool_t *pool, ngx_str_t text, ngx_str_t *copy);


typedef struct {
    ngx_str_t prefix;
    char *(*parse)(
        ngx_conf_t *cf, ngx_str_t rest, ngx_billing_redis_conf_t *conf);
} ngx_billing_redis_scheme_t;


static ngx_billing_redis_scheme_t ngx_billing_redis_schemes[] = {
    { ngx_string("redis://"), ngx_billing_redis_parse_tcp },
    { ngx_string("unix:"), ngx_billing_redis_parse_unix },
    { ngx_string("sentinel://"), ngx_billing_redis_parse_sentinel },
    { ngx_string("cluster://"), ngx_billing_redis_parse_cluster },
    { ngx_string("rediss://"), ngx_billing_redis_parse_tls },
    { ngx_null_string, NULL }
};


char *
ngx_billing_redis_parse_url(
    ngx_conf_t *cf, ngx_str_t *url, ngx_billing_redis_conf_t *conf)
{
    ngx_str_t                   rest;
    ngx_billing_redis_scheme_t *scheme;

    for (scheme = ngx_billing_redis_schemes; scheme->parse != NULL; scheme++) {
        if (url->len >= scheme->prefix.len
            && ngx_strncasecmp(
                   url->data, scheme->prefix.data, scheme->prefix.len)
                   == 0)
        {
            break;
        }
    }

    if (scheme->parse == NULL) {
        return "has a URL that begins with none of \"redis://\", \"unix:\", "
               "\"sentinel://\" and \"cluster://\"";
    }

    rest.data = url->data + scheme->prefix.len;
    rest.len = url->len - scheme->prefix.len;

    ngx_memzero(conf, sizeof(ngx_billing_redis_conf_t));

    return scheme->parse(cf, rest, conf);
}


static char *
ngx_billing_redis_parse_tls(
    ngx_conf_t *cf, ngx_str_t rest, ngx_billing_redis_conf_t *conf)
{
    return "names \"rediss://\": TLS is not supported, use a tunnel (nginx's "
           "stream proxy can be one) and its unix socket";
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
    char     *error;
    ngx_str_t db, user;

    if (ngx_billing_redis_cut(
            &rest, ngx_strlchr(rest.data, rest.data + rest.len, '/'), &db)
        && db.len > 0)
    {
        error = ngx_billing_redis_parse_db(db, conf);
        if (error != NGX_CONF_OK) {
            return error;
        }
    }

    ngx_billing_redis_cut_user(&rest, &user);

    if (user.data != NULL) {
        error = ngx_billing_redis_parse_user(
            cf, user, &conf->user, &conf->password);
        if (error != NGX_CONF_OK) {
            return error;
        }
    }

    return ngx_billing_redis_parse_host(cf, rest, NGX_BILLING_REDIS_PORT, conf);
}


/* Up to the last "@": nobody who wrote another one meant a host by it. */
void
ngx_billing_redis_cut_user(ngx_str_t *text, ngx_str_t *user)
{
    u_char *p;

    ngx_str_null(user);

    for (p = text->data + text->len; p > text->data && p[-1] != '@'; p--) {
        /* void */
    }

    if (p > text->data) {
        *user = *text;
        (void) ngx_billing_redis_cut(user, p - 1, text);
    }
}


char *
ngx_billing_redis_parse_user(
    ngx_conf_t *cf, ngx_str_t text, ngx_str_t *user, ngx_str_t *password)
{
    ngx_str_t secret;

    if (!ngx_billing_redis_cut(
            &text, ngx_strlchr(text.data, text.data + text.len, ':'), &secret)
        || secret.len == 0)
    {
        return "has a URL with a user but no password";
    }

    if (ngx_billing_redis_decode(cf->pool, text, user) != NGX_OK
        || ngx_billing_redis_decode(cf->pool, secret, password) != NGX_OK)
    {
        return "has a user or password that is not percent-encoded";
    }

    return NGX_CONF_OK;
}


char *
ngx_billing_redis_parse_host(ngx_conf_t *cf, ngx_str_t text, in_port_t port,
    ngx_billing_redis_conf_t *conf)
{
    u_char   *p;
    ngx_url_t u;

    if (text.len == 0 || text.data[0] == ':') {
        return "has no host in its URL";
    }

    /* ngx_parse_url() would take it for a unix socket or a path */

    if (text.len >= 5 && ngx_strncasecmp(text.data, (u_char *) "unix:", 5) == 0)
    {
        return "has an invalid host in its URL";
    }

    for (p = text.data; p < text.data + text.len; p++) {
        if (*p <= ' ' || *p == '?' || *p == '#' || *p == 0x7f) {
            return "has an invalid host in its URL";
        }
    }

    ngx_memzero(&u, sizeof(ngx_url_t));
    u.url = text;
    u.default_port = port;

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


char *
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
ngx_uint_t
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

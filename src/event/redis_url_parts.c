
/*
 * What URLs of Redis are made of: user and password, a host, a database.
 */

#include "event/redis_url_parts.h"


static ngx_int_t redis_decode(
    ngx_pool_t *pool, ngx_str_t text, ngx_str_t *decoded);


/* Up to the last "@": nobody who wrote another one meant a host by it. */
void
billing_redis_url_parts_cut_user(ngx_str_t *text, ngx_str_t *user)
{
    u_char *p;

    ngx_str_null(user);

    for (p = text->data + text->len; p > text->data && p[-1] != '@'; p--) {
        /* void */
    }

    if (p > text->data) {
        *user = *text;
        (void) billing_redis_url_parts_cut(user, p - 1, text);
    }
}


ngx_uint_t
billing_redis_url_parts_cut(ngx_str_t *text, u_char *at, ngx_str_t *rest)
{
    if (at == NULL) {
        return 0;
    }

    rest->data = at + 1;
    rest->len = text->data + text->len - rest->data;
    text->len = at - text->data;

    return 1;
}


char *
billing_redis_url_parts_parse_user(
    ngx_conf_t *cf, ngx_str_t text, ngx_str_t *user, ngx_str_t *password)
{
    ngx_str_t secret;

    if (!billing_redis_url_parts_cut(
            &text, ngx_strlchr(text.data, text.data + text.len, ':'), &secret)
        || secret.len == 0)
    {
        return "has a URL with a user but no password";
    }

    if (redis_decode(cf->pool, text, user) != NGX_OK
        || redis_decode(cf->pool, secret, password) != NGX_OK)
    {
        return "has a user or password that is not percent-encoded";
    }

    return NGX_CONF_OK;
}


/* Percent-encoding (RFC 3986, section 2.1); "+" stays. */
static ngx_int_t
redis_decode(ngx_pool_t *pool, ngx_str_t text, ngx_str_t *decoded)
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


char *
billing_redis_url_parts_parse_host(
    ngx_conf_t *cf, ngx_str_t text, in_port_t port, billing_redis_conf_t *conf)
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
billing_redis_url_parts_parse_db(ngx_str_t text, billing_redis_conf_t *conf)
{
    conf->db = ngx_atoi(text.data, text.len);

    if (conf->db == NGX_ERROR) {
        return "has an invalid database number in its URL";
    }

    return NGX_CONF_OK;
}

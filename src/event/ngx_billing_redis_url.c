
/*
 * The URL of Redis, read at configuration time.
 *
 * The errors are constants: a URL may hold a password.
 */

#include "event/ngx_billing_redis_url_parts.h"


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

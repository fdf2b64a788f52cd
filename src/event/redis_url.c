
/*
 * The URL of Redis, read at configuration time.
 *
 * The errors are constants: a URL may hold a password.
 */

#include "event/redis_url_parts.h"


/*
 * hiredis 0.14 copies the path with strncpy() into a structure that it has not
 * cleared: the last byte of sun_path has to be one of the padding.
 */
#define BILLING_REDIS_MAX_PATH \
    (sizeof(((struct sockaddr_un *) 0)->sun_path) - 2)


static char *redis_parse_unix(
    ngx_conf_t *cf, ngx_str_t rest, billing_redis_conf_t *conf);
static char *redis_parse_tcp(
    ngx_conf_t *cf, ngx_str_t rest, billing_redis_conf_t *conf);
static char *redis_parse_tls(
    ngx_conf_t *cf, ngx_str_t rest, billing_redis_conf_t *conf);
static ngx_int_t redis_copy(ngx_pool_t *pool, ngx_str_t text, ngx_str_t *copy);


typedef struct {
    ngx_str_t prefix;
    char *(*parse)(ngx_conf_t *cf, ngx_str_t rest, billing_redis_conf_t *conf);
} billing_redis_scheme_t;


static billing_redis_scheme_t redis_schemes[] = { { ngx_string("redis://"),
                                                      redis_parse_tcp },
    { ngx_string("unix:"), redis_parse_unix },
    { ngx_string("sentinel://"), billing_redis_url_list_parse_sentinel },
    { ngx_string("cluster://"), billing_redis_url_list_parse_cluster },
    { ngx_string("rediss://"), redis_parse_tls }, { ngx_null_string, NULL } };


char *
billing_redis_url_parse(
    ngx_conf_t *cf, ngx_str_t *url, billing_redis_conf_t *conf)
{
    ngx_str_t               rest;
    billing_redis_scheme_t *scheme;

    for (scheme = redis_schemes; scheme->parse != NULL; scheme++) {
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

    ngx_memzero(conf, sizeof(billing_redis_conf_t));

    return scheme->parse(cf, rest, conf);
}


static char *
redis_parse_tls(ngx_conf_t *cf, ngx_str_t rest, billing_redis_conf_t *conf)
{
    return "names \"rediss://\": TLS is not supported, use a tunnel (nginx's "
           "stream proxy can be one) and its unix socket";
}


static char *
redis_parse_unix(ngx_conf_t *cf, ngx_str_t rest, billing_redis_conf_t *conf)
{
    char     *error;
    ngx_str_t query;

    if (billing_redis_url_parts_cut(
            &rest, ngx_strlchr(rest.data, rest.data + rest.len, '?'), &query))
    {
        if (query.len < 3 || ngx_strncmp(query.data, "db=", 3) != 0) {
            return "has an unknown parameter in its URL, only \"db=\" is one";
        }

        query.data += 3;
        query.len -= 3;

        error = billing_redis_url_parts_parse_db(query, conf);
        if (error != NGX_CONF_OK) {
            return error;
        }
    }

    if (rest.len == 0 || rest.data[0] != '/') {
        return "has no absolute path after \"unix:\"";
    }

    if (rest.len > BILLING_REDIS_MAX_PATH) {
        return "has a path that is too long for a unix socket";
    }

    conf->name.len = rest.len + sizeof("unix:") - 1;
    conf->name.data = ngx_pnalloc(cf->pool, conf->name.len);
    if (conf->name.data == NULL
        || redis_copy(cf->pool, rest, &conf->path) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    ngx_sprintf(conf->name.data, "unix:%V", &rest);

    return NGX_CONF_OK;
}


static char *
redis_parse_tcp(ngx_conf_t *cf, ngx_str_t rest, billing_redis_conf_t *conf)
{
    char     *error;
    ngx_str_t db, user;

    if (billing_redis_url_parts_cut(
            &rest, ngx_strlchr(rest.data, rest.data + rest.len, '/'), &db)
        && db.len > 0)
    {
        error = billing_redis_url_parts_parse_db(db, conf);
        if (error != NGX_CONF_OK) {
            return error;
        }
    }

    billing_redis_url_parts_cut_user(&rest, &user);

    if (user.data != NULL) {
        error = billing_redis_url_parts_parse_user(
            cf, user, &conf->user, &conf->password);
        if (error != NGX_CONF_OK) {
            return error;
        }
    }

    return billing_redis_url_parts_parse_host(
        cf, rest, BILLING_REDIS_PORT, conf);
}


static ngx_int_t
redis_copy(ngx_pool_t *pool, ngx_str_t text, ngx_str_t *copy)
{
    copy->data = ngx_pnalloc(pool, text.len + 1);
    if (copy->data == NULL) {
        return NGX_ERROR;
    }

    copy->len = text.len;
    *ngx_cpymem(copy->data, text.data, text.len) = '\0';

    return NGX_OK;
}

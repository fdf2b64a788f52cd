
/*
 * URLs that name several servers: Sentinels, or nodes of a cluster.
 */

#include "event/redis_url_parts.h"


#define BILLING_REDIS_SENTINEL_PORT 26379
#define BILLING_REDIS_MAX_SERVERS   64


static char *redis_parse_list(
    ngx_conf_t *cf, ngx_str_t text, in_port_t port, billing_redis_conf_t *conf);
static char *redis_name_sentinels(ngx_conf_t *cf, billing_redis_conf_t *conf);


char *
billing_redis_url_list_parse_sentinel(
    ngx_conf_t *cf, ngx_str_t rest, billing_redis_conf_t *conf)
{
    u_char    *p;
    char      *error;
    ngx_str_t  path, db;
    ngx_uint_t i;

    conf->kind = BILLING_REDIS_SENTINEL;

    for (p = rest.data + rest.len; p > rest.data && p[-1] != '@'; p--) {
        /* void */
    }

    if (!billing_redis_url_parts_cut(
            &rest, ngx_strlchr(p, rest.data + rest.len, '/'), &path)
        || path.len == 0 || path.data[0] == '/')
    {
        return "has no name of a master in its URL, as in "
               "\"sentinel://host,host/name\"";
    }

    if (billing_redis_url_parts_cut(
            &path, ngx_strlchr(path.data, path.data + path.len, '/'), &db)
        && db.len > 0)
    {
        error = billing_redis_url_parts_parse_db(db, conf);
        if (error != NGX_CONF_OK) {
            return error;
        }
    }

    for (i = 0; i < path.len; i++) {
        if (path.data[i] <= ' ' || path.data[i] >= 0x7f) {
            return "has an invalid name of a master in its URL";
        }
    }

    conf->master = path;

    error = redis_parse_list(cf, rest, BILLING_REDIS_SENTINEL_PORT, conf);
    if (error != NGX_CONF_OK) {
        return error;
    }

    conf->name = conf->master;

    return redis_name_sentinels(cf, conf);
}


/* So that logs tell them from servers. */
static char *
redis_name_sentinels(ngx_conf_t *cf, billing_redis_conf_t *conf)
{
    u_char    *p;
    ngx_str_t *name;
    ngx_uint_t i;

    for (i = 0; i < conf->nservers; i++) {
        name = &conf->servers[i].name;

        p = ngx_pnalloc(cf->pool, name->len + sizeof("sentinel "));
        if (p == NULL) {
            return NGX_CONF_ERROR;
        }

        name->len = ngx_sprintf(p, "sentinel %V", name) - p;
        name->data = p;
    }

    return NGX_CONF_OK;
}


char *
billing_redis_url_list_parse_sentinel_auth(
    ngx_conf_t *cf, ngx_str_t *text, billing_redis_conf_t *conf)
{
    char      *error;
    u_char    *p;
    ngx_str_t  both;
    ngx_uint_t i;

    if (conf->kind != BILLING_REDIS_SENTINEL) {
        return "has \"sentinel_auth=\" without a \"sentinel://\" URL";
    }

    both = *text;

    /* a password alone */

    if (ngx_strlchr(text->data, text->data + text->len, ':') == NULL) {
        p = ngx_pnalloc(cf->pool, text->len + 1);
        if (p == NULL) {
            return NGX_CONF_ERROR;
        }

        both.data = p;
        both.len = ngx_sprintf(p, ":%V", text) - p;
    }

    for (i = 0; i < conf->nservers; i++) {
        error = billing_redis_url_parts_parse_user(
            cf, both, &conf->servers[i].user, &conf->servers[i].password);
        if (error != NGX_CONF_OK) {
            return "has an invalid \"sentinel_auth=\", it takes "
                   "[user:]password, percent-encoded";
        }
    }

    return NGX_CONF_OK;
}


char *
billing_redis_url_list_parse_cluster(
    ngx_conf_t *cf, ngx_str_t rest, billing_redis_conf_t *conf)
{
    char      *error;
    u_char    *p;
    ngx_str_t  path;
    ngx_uint_t i;

    conf->kind = BILLING_REDIS_CLUSTER;

    for (p = rest.data + rest.len; p > rest.data && p[-1] != '@'; p--) {
        /* void */
    }

    if (billing_redis_url_parts_cut(
            &rest, ngx_strlchr(p, rest.data + rest.len, '/'), &path)
        && path.len > 0 && !(path.len == 1 && path.data[0] == '0'))
    {
        return "has a path in its URL: a cluster has one database";
    }

    error = redis_parse_list(cf, rest, BILLING_REDIS_PORT, conf);
    if (error != NGX_CONF_OK) {
        return error;
    }

    for (i = 0; i < conf->nservers; i++) {
        conf->servers[i].user = conf->user;
        conf->servers[i].password = conf->password;
    }

    conf->db = -1;
    conf->name = conf->servers[0].name;

    return NGX_CONF_OK;
}


/* "[user:pass@]host[:port],...": sets user, password and servers. */
static char *
redis_parse_list(
    ngx_conf_t *cf, ngx_str_t text, in_port_t port, billing_redis_conf_t *conf)
{
    char                 *error;
    ngx_str_t             user, rest;
    ngx_uint_t            more;
    billing_redis_conf_t *server;

    billing_redis_url_parts_cut_user(&text, &user);

    if (user.data != NULL) {
        error = billing_redis_url_parts_parse_user(
            cf, user, &conf->user, &conf->password);
        if (error != NGX_CONF_OK) {
            return error;
        }
    }

    conf->servers = ngx_pcalloc(
        cf->pool, BILLING_REDIS_MAX_SERVERS * sizeof(billing_redis_conf_t));
    if (conf->servers == NULL) {
        return NGX_CONF_ERROR;
    }

    do {
        if (conf->nservers == BILLING_REDIS_MAX_SERVERS) {
            return "has more than 64 hosts in its URL";
        }

        more = billing_redis_url_parts_cut(
            &text, ngx_strlchr(text.data, text.data + text.len, ','), &rest);

        server = &conf->servers[conf->nservers++];
        server->db = -1;

        error = billing_redis_url_parts_parse_host(cf, text, port, server);
        if (error != NGX_CONF_OK) {
            return error;
        }

        text = rest;

    } while (more);

    return NGX_CONF_OK;
}

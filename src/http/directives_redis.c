
/*
 * The setters of the directives that say where data are kept.
 */

#include "http/conf.h"


static char *ngx_http_billing_set_redis_option(
    ngx_conf_t *cf, billing_main_conf_t *bmcf, ngx_str_t *value);


char *
ngx_http_billing_set_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    billing_main_conf_t *bmcf = conf;

    char      *rc;
    ngx_str_t *value;
    ngx_uint_t i;

    if (bmcf->redis_conf.name.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    rc = billing_redis_url_parse(cf, &value[1], &bmcf->redis_conf);
    if (rc != NGX_CONF_OK) {
        return rc;
    }

    for (i = 2; i < cf->args->nelts; i++) {
        rc = ngx_http_billing_set_redis_option(cf, bmcf, &value[i]);
        if (rc != NGX_CONF_OK) {
            return rc;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_billing_set_redis_option(
    ngx_conf_t *cf, billing_main_conf_t *bmcf, ngx_str_t *value)
{
    ngx_int_t ms;
    ngx_str_t s;

    s.data = (u_char *) ngx_strchr(value->data, '=');

    if (s.data == NULL) {
        return billing_directives_invalid(cf, value);
    }

    s.data++;
    s.len = value->data + value->len - s.data;

    if (ngx_strncmp(value->data, "prefix=", 7) == 0) {
        /* braces would be taken for a Redis Cluster hash tag */

        if (s.len == 0 || ngx_strlchr(s.data, s.data + s.len, '{')
            || ngx_strlchr(s.data, s.data + s.len, '}'))
        {
            return billing_directives_invalid(cf, value);
        }

        bmcf->prefix = s;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(value->data, "timeout=", 8) == 0) {
        ms = ngx_parse_time(&s, 0);
        if (ms == NGX_ERROR || ms == 0) {
            return billing_directives_invalid(cf, value);
        }

        bmcf->redis_conf.timeout = ms;
        bmcf->redis_conf.connect_timeout = ms;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(value->data, "sentinel_auth=", 14) == 0) {
        return billing_redis_url_list_parse_sentinel_auth(
            cf, &s, &bmcf->redis_conf);
    }

    return billing_directives_invalid(cf, value);
}


char *
ngx_http_billing_set_redis_wait(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    billing_main_conf_t *bmcf = conf;

    ngx_int_t  replicas, ms;
    ngx_str_t *value;

    if (bmcf->wait_replicas != 0) {
        return "is duplicate";
    }

    value = cf->args->elts;
    replicas = ngx_atoi(value[1].data, value[1].len);

    if (replicas < 1 || replicas > 64) {
        return "needs a number of replicas from 1 to 64";
    }

    ms = ngx_parse_time(&value[2], 0);

    /* 0 would be for ever */

    if (ms == NGX_ERROR || ms == 0 || ms > 10000) {
        return "needs a time of at most 10s";
    }

    bmcf->wait_replicas = replicas;
    bmcf->wait_timeout = ms;

    return NGX_CONF_OK;
}


char *
ngx_http_billing_set_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    billing_main_conf_t *bmcf = conf;

    u_char    *colon;
    ssize_t    size;
    ngx_str_t *value, name, s;

    if (bmcf->zone != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strncmp(value[1].data, "zone=", 5) != 0) {
        return billing_directives_invalid(cf, &value[1]);
    }

    name.data = value[1].data + 5;
    colon = (u_char *) ngx_strchr(name.data, ':');

    if (colon == NULL || colon == name.data) {
        return billing_directives_invalid(cf, &value[1]);
    }

    name.len = colon - name.data;
    s.data = colon + 1;
    s.len = value[1].data + value[1].len - s.data;

    size = ngx_parse_size(&s);

    if (size == NGX_ERROR) {
        return billing_directives_invalid(cf, &value[1]);
    }

    if (size < (ssize_t) (8 * ngx_pagesize)) {
        return "needs a zone of at least 32k";
    }

    bmcf->zone = billing_zone_add(cf, &name, size, &ngx_http_billing_module);

    return bmcf->zone == NULL ? NGX_CONF_ERROR : NGX_CONF_OK;
}

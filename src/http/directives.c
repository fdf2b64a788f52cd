
/*
 * The setters of the directives.
 */

#include "http/conf.h"
#include "http/host.h"


static char *ngx_http_billing_set_provider_option(
    ngx_conf_t *cf, billing_provider_conf_t *pc, ngx_str_t *value);
static ngx_uint_t ngx_http_billing_set_pace(
    billing_provider_conf_t *pc, ngx_str_t *s);
static ngx_uint_t ngx_http_billing_set_provider_limit(
    billing_provider_conf_t *pc, ngx_str_t *value, ngx_str_t *s);
static char *ngx_http_billing_set_region(
    ngx_conf_t *cf, billing_provider_conf_t *pc, ngx_str_t *region);
static char *ngx_http_billing_set_regional(
    ngx_conf_t *cf, billing_provider_conf_t *pc);
static char *ngx_http_billing_set_ca(
    ngx_conf_t *cf, billing_provider_conf_t *pc, ngx_str_t *path);
static char      *ngx_http_billing_set_endpoint(ngx_conf_t *cf,
         billing_provider_conf_t *pc, ngx_str_t *url, ngx_str_t *endpoint);
static ngx_uint_t directives_is_loopback(ngx_str_t *rest);


char *
ngx_http_billing_set_enable(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    billing_loc_conf_t *blcf = conf;

    ngx_str_t                *value;
    ngx_http_core_loc_conf_t *clcf;
    billing_main_conf_t      *bmcf;

    if (blcf->enable != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        blcf->enable = 0;
        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value[1].data, "on") != 0) {
        return "must be \"on\" or \"off\"";
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->named || clcf->exact_match || clcf->name.len == 0
#if (NGX_PCRE)
        || clcf->regex
#endif
        || clcf->name.data[clcf->name.len - 1] != '/')
    {
        return "needs a prefix location whose name ends with \"/\"";
    }

    blcf->enable = 1;
    blcf->name = clcf->name;

    if (blcf->metrics == 1) {
        return "cannot be where \"billing_metrics\" is";
    }

    clcf->handler = ngx_http_billing_handler;
    clcf->auto_redirect = 1;

    bmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_billing_module);
    bmcf->used = 1;

    return billing_threads_add(cf, &bmcf->thread_pool) == NGX_OK
               ? NGX_CONF_OK
               : NGX_CONF_ERROR;
}


char *
ngx_http_billing_set_metrics(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    billing_loc_conf_t *blcf = conf;

    char                     *rc;
    ngx_http_core_loc_conf_t *clcf;
    billing_main_conf_t      *bmcf;

    rc = ngx_conf_set_flag_slot(cf, cmd, conf);
    if (rc != NGX_CONF_OK || !blcf->metrics) {
        return rc;
    }

    if (blcf->enable == 1) {
        return "cannot be where \"billing\" is on";
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = billing_metrics_handler;

    bmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_billing_module);
    bmcf->metrics = 1;

    return NGX_CONF_OK;
}


char *
ngx_http_billing_set_key_file(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    billing_main_conf_t *bmcf = conf;

    ngx_str_t *value;

    if (bmcf->key_file.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;
    bmcf->key_file = value[1];

    if (ngx_conf_full_name(cf->cycle, &bmcf->key_file, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    bmcf->store.keys = billing_keys_load(cf, &bmcf->key_file);

    return bmcf->store.keys == NULL ? NGX_CONF_ERROR : NGX_CONF_OK;
}


char *
ngx_http_billing_set_provider(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    billing_main_conf_t *bmcf = conf;

    char                    *rc;
    ngx_str_t               *value;
    ngx_uint_t               i;
    billing_provider_conf_t *pc;

    value = cf->args->elts;

    pc = billing_provider_conf(bmcf, &value[1]);

    if (pc == NULL) {
        ngx_conf_log_error(
            NGX_LOG_EMERG, cf, 0, "unknown provider \"%V\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    if (pc->configured) {
        return "is duplicate";
    }

    pc->configured = 1;
    pc->enabled = 1;

    for (i = 2; i < cf->args->nelts; i++) {
        rc = ngx_http_billing_set_provider_option(cf, pc, &value[i]);
        if (rc != NGX_CONF_OK) {
            return rc;
        }
    }

    return pc->region.len == 0 || pc->told
               ? NGX_CONF_OK
               : ngx_http_billing_set_regional(cf, pc);
}


static char *
ngx_http_billing_set_provider_option(
    ngx_conf_t *cf, billing_provider_conf_t *pc, ngx_str_t *value)
{
    ngx_str_t s;

    if (ngx_strcmp(value->data, "off") == 0) {
        pc->enabled = 0;
        return NGX_CONF_OK;
    }

    s.data = (u_char *) ngx_strchr(value->data, '=');

    if (s.data == NULL || s.data + 1 == value->data + value->len) {
        return billing_directives_invalid(cf, value);
    }

    s.data++;
    s.len = value->data + value->len - s.data;

    if (ngx_strncmp(value->data, "endpoint=", 9) == 0) {
        return ngx_http_billing_set_endpoint(cf, pc, &s, &pc->endpoint);
    }

    if (ngx_strncmp(value->data, "login=", 6) == 0) {
        return pc->provider->login == NULL
                   ? billing_directives_invalid(cf, value)
                   : ngx_http_billing_set_endpoint(cf, pc, &s, &pc->login);
    }

    if (ngx_strncmp(value->data, "ca=", 3) == 0) {
        return ngx_http_billing_set_ca(cf, pc, &s);
    }

    if (ngx_strncmp(value->data, "region=", 7) == 0) {
        return ngx_http_billing_set_region(cf, pc, &s);
    }

    if (ngx_strncmp(value->data, "host_role=", 10) == 0) {
        return ngx_http_billing_set_host_role(cf, pc, &s);
    }

    return ngx_http_billing_set_provider_limit(pc, value, &s)
               ? NGX_CONF_OK
               : billing_directives_invalid(cf, value);
}


/* 0: no limit of calls, or out of its range; s is what follows the "=". */
static ngx_uint_t
ngx_http_billing_set_provider_limit(
    billing_provider_conf_t *pc, ngx_str_t *value, ngx_str_t *s)
{
    ssize_t   size;
    ngx_int_t n;

    if (ngx_strncmp(value->data, "timeout=", 8) == 0) {
        n = ngx_parse_time(s, 0);
        pc->timeout = n;

        return n > 0;
    }

    if (ngx_strncmp(value->data, "concurrency=", 12) == 0) {
        n = ngx_atoi(s->data, s->len);
        pc->concurrency = n;

        return n > 0 && n <= 256;
    }

    if (ngx_strncmp(value->data, "pace=", 5) == 0) {
        return ngx_http_billing_set_pace(pc, s);
    }

    if (ngx_strncmp(value->data, "max_answer=", 11) == 0) {
        size = ngx_parse_size(s);
        pc->max_answer = size;

        return size >= 65536 && size <= 128 * 1024 * 1024;
    }

    return 0;
}


/* "4/1m", or "off" */
static ngx_uint_t
ngx_http_billing_set_pace(billing_provider_conf_t *pc, ngx_str_t *s)
{
    u_char   *slash;
    ngx_int_t n, time;
    ngx_str_t rest;

    if (ngx_strcmp(s->data, "off") == 0) {
        pc->pace = 0;
        return 1;
    }

    slash = (u_char *) ngx_strchr(s->data, '/');
    if (slash == NULL) {
        return 0;
    }

    rest.data = slash + 1;
    rest.len = s->data + s->len - rest.data;

    n = ngx_atoi(s->data, slash - s->data);
    time = ngx_parse_time(&rest, 0);
    pc->pace = n;
    pc->pace_time = time;

    return n > 0 && n <= 1000 && time > 0 && time <= 3600 * 1000;
}


static char *
ngx_http_billing_set_region(
    ngx_conf_t *cf, billing_provider_conf_t *pc, ngx_str_t *region)
{
    if (pc->provider->regional == NULL) {
        return "takes \"region=\" only for \"aws\"";
    }

    pc->region = *region;

    return NGX_CONF_OK;
}


/* The endpoint of the region; the one that was told stays as it is. */
static char *
ngx_http_billing_set_regional(ngx_conf_t *cf, billing_provider_conf_t *pc)
{
    ngx_str_t        text;
    billing_buf_t    endpoint;
    billing_status_t rc;

    billing_buf_init(&endpoint, NGX_MAX_CONF_ERRSTR);

    rc = pc->provider->regional(
        (billing_str_t){ (char *) pc->region.data, pc->region.len }, &endpoint);

    text.data = (u_char *) endpoint.data;
    text.len = endpoint.len;

    if (rc == BILLING_OK) {
        pc->endpoint.data = ngx_pstrdup(cf->pool, &text);
        pc->endpoint.len = text.len;
    }

    billing_buf_free(&endpoint);

    return rc == BILLING_OK && pc->endpoint.data != NULL
               ? NGX_CONF_OK
               : "needs a region such as \"us-gov-west-1\"";
}


static char *
ngx_http_billing_set_ca(
    ngx_conf_t *cf, billing_provider_conf_t *pc, ngx_str_t *path)
{
    pc->ca_file = *path;

    if (ngx_conf_full_name(cf->cycle, &pc->ca_file, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (access((char *) pc->ca_file.data, R_OK) == -1) {
        ngx_conf_log_error(
            NGX_LOG_EMERG, cf, ngx_errno, "cannot read \"%V\"", &pc->ca_file);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_billing_set_endpoint(ngx_conf_t *cf, billing_provider_conf_t *pc,
    ngx_str_t *url, ngx_str_t *endpoint)
{
    u_char   *p;
    ngx_str_t rest;

    while (url->len > 0 && url->data[url->len - 1] == '/') {
        url->len--;
    }

    if (url->len > 8
        && ngx_strncasecmp(url->data, (u_char *) "https://", 8) == 0) {
        rest.data = url->data + 8;

    } else if (url->len > 7
               && ngx_strncasecmp(url->data, (u_char *) "http://", 7) == 0)
    {
        rest.data = url->data + 7;

        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
            "provider \"%s\" is reached without TLS: credentials can be read "
            "on the way",
            pc->provider->id);

    } else {
        return "needs an endpoint that starts with \"https://\"";
    }

    rest.len = url->data + url->len - rest.data;

    for (p = rest.data; p < rest.data + rest.len; p++) {
        if (*p <= ' ' || *p >= 0x7f || *p == '@' || *p == '?' || *p == '#') {
            return "needs an endpoint without user, query and spaces";
        }
    }

    /* whatever compares hosts, or takes a region out of one, wants one spelling */
    for (p = url->data; p < url->data + url->len; p++) {
        if (p >= rest.data && *p == '/') {
            break;
        }

        *p = ngx_tolower(*p);
    }

    *endpoint = *url;

    if (endpoint == &pc->endpoint) {
        pc->told = 1;
        pc->sandbox = url->data[4] == ':' && directives_is_loopback(&rest);
    }

    return NGX_CONF_OK;
}


/*
 * Plain http on the loopback interface cannot be the real service: answers
 * say that figures come from a sandbox.
 */

static ngx_uint_t
directives_is_loopback(ngx_str_t *rest)
{
    ngx_uint_t       i;
    static ngx_str_t hosts[] = { ngx_string("127."), ngx_string("localhost"),
        ngx_string("[::1]") };

    for (i = 0; i < 3; i++) {
        if (rest->len >= hosts[i].len
            && ngx_strncasecmp(rest->data, hosts[i].data, hosts[i].len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


char *
ngx_http_billing_set_lookup_limit(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    billing_main_conf_t *bmcf = conf;

    u_char    *slash;
    ngx_int_t  n;
    ngx_str_t *value;

    if (bmcf->lookup_set) {
        return "is duplicate";
    }

    bmcf->lookup_set = 1;
    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        return NGX_CONF_OK;
    }

    slash = (u_char *) ngx_strchr(value[1].data, '/');

    if (slash == NULL) {
        return "takes a number of calls and \"/month\" or \"/day\", or "
               "\"off\"";
    }

    if (ngx_strcmp(slash + 1, "day") == 0) {
        bmcf->lookup_days = 1;

    } else if (ngx_strcmp(slash + 1, "month") != 0) {
        return "is of a \"month\" or of a \"day\"";
    }

    n = ngx_atoi(value[1].data, slash - value[1].data);

    if (n == NGX_ERROR || n == 0 || n > 1000000000) {
        return "needs a number of calls from 1 to 1000000000";
    }

    bmcf->lookup_limit = n;

    return NGX_CONF_OK;
}


char *
ngx_http_billing_set_cache_valid(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    billing_loc_conf_t *blcf = conf;

    time_t     sec, *field;
    ngx_str_t *value;

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "current") == 0) {
        field = &blcf->valid_current;

    } else if (ngx_strcmp(value[1].data, "closed") == 0) {
        field = &blcf->valid_closed;

    } else {
        return "takes \"current\" or \"closed\" and a time";
    }

    if (*field != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    sec = ngx_parse_time(&value[2], 1);
    if (sec == (time_t) NGX_ERROR) {
        return billing_directives_invalid(cf, &value[2]);
    }

    *field = sec;

    return NGX_CONF_OK;
}


char *
ngx_http_billing_set_html(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    billing_loc_conf_t *blcf = conf;

    ngx_str_t *value;

    if (blcf->html.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;
    blcf->html = value[1];

    while (blcf->html.len > 1 && blcf->html.data[blcf->html.len - 1] == '/') {
        blcf->html.len--;
    }

    if (ngx_conf_full_name(cf->cycle, &blcf->html, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_billing_set_base_path(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    billing_loc_conf_t *blcf = conf;

    u_char    *p, *last;
    ngx_str_t *value;

    if (blcf->base_path.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;
    last = value[1].data + value[1].len;

    if (value[1].len == 0 || value[1].data[0] != '/' || last[-1] != '/') {
        return "must start and end with \"/\"";
    }

    /* it is written into a page and into headers */

    for (p = value[1].data; p < last; p++) {
        if ((*p == '/' && p + 1 < last && p[1] == '/')
            || !((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z')
                 || (*p >= '0' && *p <= '9') || ngx_strchr("/._~-", *p)))
        {
            return "may hold only letters, digits, \".\", \"_\", \"~\", "
                   "\"-\" and single slashes";
        }
    }

    blcf->base_path = value[1];

    return NGX_CONF_OK;
}


char *
billing_directives_invalid(ngx_conf_t *cf, ngx_str_t *value)
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"", value);

    return NGX_CONF_ERROR;
}

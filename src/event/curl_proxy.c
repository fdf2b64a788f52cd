
/*
 * libcurl's own list of hosts without a proxy is not used: what it matches
 * differs between versions, and it looks into the environment without one.
 */

#include "event/curl_proxy.h"


static char *curl_proxy_user(
    ngx_conf_t *cf, ngx_str_t text, billing_curl_proxy_t *proxy);
static char      *curl_proxy_decode(ngx_conf_t *cf, ngx_str_t text);
static ngx_uint_t curl_proxy_is_host(ngx_str_t *text);
static ngx_str_t  curl_proxy_host(const char *url);


char *
billing_curl_proxy_parse(
    ngx_conf_t *cf, ngx_str_t *url, billing_curl_proxy_t *proxy)
{
    u_char   *at, *last;
    char     *rc;
    ngx_str_t rest, user;

    if (url->len < 7
        || ngx_strncasecmp(url->data, (u_char *) "http://", 7) != 0) {
        return "needs a proxy that starts with \"http://\"";
    }

    rest.data = url->data + 7;
    last = url->data + url->len;
    last -= last[-1] == '/';

    for (at = last; at > rest.data && at[-1] != '@'; at--) { /* void */
    }

    if (at > rest.data) {
        user.data = rest.data;
        user.len = at - 1 - rest.data;
        rest.data = at;

        rc = curl_proxy_user(cf, user, proxy);
        if (rc != NGX_CONF_OK) {
            return rc;
        }
    }

    rest.len = last - rest.data;

    if (!curl_proxy_is_host(&rest)) {
        return "needs host and port of the proxy, \"host:port\"";
    }

    proxy->url = ngx_pnalloc(cf->pool, sizeof("http://") + rest.len);
    if (proxy->url == NULL) {
        return NGX_CONF_ERROR;
    }

    *ngx_sprintf((u_char *) proxy->url, "http://%V", &rest) = '\0';

    return NGX_CONF_OK;
}


static char *
curl_proxy_user(ngx_conf_t *cf, ngx_str_t text, billing_curl_proxy_t *proxy)
{
    u_char   *colon;
    ngx_str_t password;

    colon = ngx_strlchr(text.data, text.data + text.len, ':');

    if (colon == NULL || colon == text.data) {
        return "needs \"user:password@\" before the proxy's host, if anything";
    }

    password.data = colon + 1;
    password.len = text.data + text.len - password.data;
    text.len = colon - text.data;

    proxy->user = curl_proxy_decode(cf, text);
    proxy->password = curl_proxy_decode(cf, password);

    return proxy->user == NULL || proxy->password == NULL ? NGX_CONF_ERROR
                                                          : NGX_CONF_OK;
}


static char *
curl_proxy_decode(ngx_conf_t *cf, ngx_str_t text)
{
    u_char *start, *dst, *src;

    start = ngx_pnalloc(cf->pool, text.len + 1);
    if (start == NULL) {
        return NULL;
    }

    dst = start;
    src = text.data;
    ngx_unescape_uri(&dst, &src, text.len, 0);
    *dst = '\0';

    return (char *) start;
}


/* A port is needed: proxies have no port of their own that all agree on. */
static ngx_uint_t
curl_proxy_is_host(ngx_str_t *text)
{
    size_t    len;
    u_char   *p, *last;
    ngx_int_t port;

    last = text->data + text->len;

    for (p = text->data; p < last; p++) {
        if (*p <= ' ' || *p >= 0x7f || ngx_strchr("/?#@\\\"<>", *p) != NULL) {
            return 0;
        }
    }

    while (p > text->data && p[-1] != ':') {
        p--;
    }

    port = ngx_atoi(p, last - p);
    len = p - text->data;

    return port > 0 && port < 65536 && len > 1
           && (text->data[0] == '['
                   ? len > 3 && p[-2] == ']'
                   : ngx_strlchr(text->data, p - 1, ':') == NULL);
}


char *
billing_curl_proxy_except(
    ngx_conf_t *cf, ngx_str_t *list, billing_curl_proxy_t *proxy)
{
    u_char    *p, *last;
    ngx_str_t *place, host;

    proxy->except = ngx_array_create(cf->pool, 4, sizeof(ngx_str_t));
    if (proxy->except == NULL) {
        return NGX_CONF_ERROR;
    }

    last = list->data + list->len;

    for (host.data = list->data; host.data <= last; host.data = p + 1) {
        p = ngx_strlchr(host.data, last, ',');
        p = p == NULL ? last : p;
        host.len = p - host.data;

        if (host.len == 0 || (host.len == 1 && host.data[0] == '.')
            || ngx_strlchr(host.data, p, '/') != NULL
            || ngx_strlchr(host.data, p, '*') != NULL)
        {
            return "needs hosts and \".domains\" after \"no_proxy=\", with "
                   "commas between";
        }

        place = ngx_array_push(proxy->except);
        if (place == NULL) {
            return NGX_CONF_ERROR;
        }

        *place = host;
    }

    return NGX_CONF_OK;
}


ngx_uint_t
billing_curl_proxy_wanted(const billing_curl_proxy_t *proxy, const char *url)
{
    u_char    *tail;
    ngx_str_t  host, *except;
    ngx_uint_t i;

    if (proxy == NULL) {
        return 0;
    }

    if (proxy->except == NULL) {
        return 1;
    }

    host = curl_proxy_host(url);
    except = proxy->except->elts;

    for (i = 0; i < proxy->except->nelts; i++) {
        tail = host.data + host.len - except[i].len;

        if (host.len < except[i].len
            || (except[i].data[0] != '.' && host.len != except[i].len))
        {
            continue;
        }

        if (ngx_strncasecmp(tail, except[i].data, except[i].len) == 0) {
            return 0;
        }
    }

    return 1;
}


/* Of a URL that the configuration has checked. */
static ngx_str_t
curl_proxy_host(const char *url)
{
    u_char   *p;
    ngx_str_t host;

    p = (u_char *) ngx_strstr(url, "://");
    host.data = p == NULL ? (u_char *) url : p + 3;
    host.len = strcspn(
        (char *) host.data, host.data[0] == '[' ? "]/?#" : ":/?#");

    host.len += host.data[0] == '[' && host.data[host.len] == ']';

    return host;
}

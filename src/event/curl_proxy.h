
/* The outgoing proxy: read from the configuration, applied to transfers. */

#ifndef BILLING_EVENT_CURL_PROXY_H
#define BILLING_EVENT_CURL_PROXY_H

#include <ngx_config.h>
#include <ngx_core.h>


typedef struct {
    char        *url;  /* "http://host:port" */
    char        *user; /* NULL: it asks for none */
    char        *password;
    ngx_array_t *except; /* of ngx_str_t: "host" or ".domain"; NULL: none */
} billing_curl_proxy_t;


/*
 * "http://[user:password@]host:port", the two percent-encoded where need be.
 * Returns NGX_CONF_OK, NGX_CONF_ERROR or what is wrong, a constant that holds
 * nothing of the URL.
 */
char *billing_curl_proxy_parse(
    ngx_conf_t *cf, ngx_str_t *url, billing_curl_proxy_t *proxy);

/* Hosts that are reached without it, with commas between; likewise. */
char *billing_curl_proxy_except(
    ngx_conf_t *cf, ngx_str_t *list, billing_curl_proxy_t *proxy);

/*
 * 1: requests to this URL go through the proxy.  A host is compared whole,
 * ".domain" with the end of those below it; case and port do not matter.
 */
ngx_uint_t billing_curl_proxy_wanted(
    const billing_curl_proxy_t *proxy, const char *url);


#endif /* BILLING_EVENT_CURL_PROXY_H */

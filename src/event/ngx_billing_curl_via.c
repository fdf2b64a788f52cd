
/*
 * A transfer on its way through the outgoing proxy: what libcurl is told, and
 * whose fault a failure is.
 */

#include "event/ngx_billing_curl_internal.h"


/*
 * Without PROXY and NOPROXY libcurl looks into the environment.  It sends its
 * list of headers to the provider only, and TLS is with the provider: what the
 * proxy sees of https is CONNECT, a host name and its own password.
 */
CURLcode
ngx_billing_curl_via(ngx_billing_curl_transfer_t *t)
{
    CURL                           *easy;
    CURLcode                        code;
    const ngx_billing_curl_proxy_t *proxy;

    easy = t->easy;
    proxy = t->curl->proxy;

    t->https = ngx_strncasecmp(
                   (u_char *) t->request.url.data, (u_char *) "https:", 6)
               == 0;
    t->proxied = !t->request.local
                 && ngx_billing_curl_proxy_wanted(proxy, t->request.url.data);

    code = curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    ngx_billing_curl_set(
        easy, code, CURLOPT_PROXY, t->proxied ? proxy->url : "");

    if (!t->proxied) {
        return code;
    }

    ngx_billing_curl_set(
        easy, code, CURLOPT_HEADEROPT, (long) CURLHEADER_SEPARATE);
    ngx_billing_curl_set(easy, code, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    ngx_billing_curl_set(easy, code, CURLOPT_PROXYAUTH, (long) CURLAUTH_BASIC);

    if (proxy->user != NULL) {
        ngx_billing_curl_set(easy, code, CURLOPT_PROXYUSERNAME, proxy->user);
        ngx_billing_curl_set(
            easy, code, CURLOPT_PROXYPASSWORD, proxy->password);
    }

    return code;
}


/*
 * Once libcurl has begun to send the request, or the proxy has opened the
 * tunnel, what fails is the provider's.
 */
ngx_uint_t
ngx_billing_curl_via_failed(ngx_billing_curl_transfer_t *t, CURLcode code)
{
    long       status;
    curl_off_t sent;

    status = 0;
    sent = 0;

    (void) curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    (void) curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &sent);

    if (status >= 300) {
        ngx_billing_curl_via_refused(t, status);
        return 1;
    }

    if (status != 0 || sent != 0) {
        return 0;
    }

    ngx_snprintf((u_char *) t->text, NGX_BILLING_CURL_TEXT,
        "The outgoing proxy does not answer: %s%Z", curl_easy_strerror(code));
    t->result.error = t->text;

    return 1;
}


void
ngx_billing_curl_via_refused(ngx_billing_curl_transfer_t *t, long status)
{
    const char *fmt;

    switch (status) {
    case 407:
        fmt = "The outgoing proxy does not take its user and password (HTTP "
              "status %l)%Z";
        break;

    case 403:
        fmt = "The outgoing proxy does not let this server through (HTTP "
              "status %l)%Z";
        break;

    default:
        fmt = "The outgoing proxy reaches nobody (HTTP status %l)%Z";
        break;
    }

    ngx_snprintf((u_char *) t->text, NGX_BILLING_CURL_TEXT, fmt, status);
    t->result.error = t->text;
    t->result.proxy = 1;
}


/*
 * A transfer on its way through the outgoing proxy: what libcurl is told, and
 * whose fault a failure is.
 */

#include "event/curl_internal.h"


/*
 * Without PROXY and NOPROXY libcurl looks into the environment.  It sends its
 * list of headers to the provider only, and TLS is with the provider: what the
 * proxy sees of https is CONNECT, a host name and its own password.
 */
CURLcode
billing_curl_via(billing_curl_transfer_t *t)
{
    CURL                       *easy;
    CURLcode                    code;
    const billing_curl_proxy_t *proxy;

    easy = t->easy;
    proxy = t->curl->proxy;

    t->https = ngx_strncasecmp(
                   (u_char *) t->request.url.data, (u_char *) "https:", 6)
               == 0;
    t->proxied = !t->request.local
                 && billing_curl_proxy_wanted(proxy, t->request.url.data);

    code = curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    billing_curl_set(easy, code, CURLOPT_PROXY, t->proxied ? proxy->url : "");

    if (!t->proxied) {
        return code;
    }

    billing_curl_set(easy, code, CURLOPT_HEADEROPT, (long) CURLHEADER_SEPARATE);
    billing_curl_set(easy, code, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    billing_curl_set(easy, code, CURLOPT_PROXYAUTH, (long) CURLAUTH_BASIC);

    if (proxy->user != NULL) {
        billing_curl_set(easy, code, CURLOPT_PROXYUSERNAME, proxy->user);
        billing_curl_set(easy, code, CURLOPT_PROXYPASSWORD, proxy->password);
    }

    return code;
}


/*
 * Once libcurl has begun to send the request, or the proxy has opened the
 * tunnel, what fails is the provider's.
 */
ngx_uint_t
billing_curl_via_failed(billing_curl_transfer_t *t, CURLcode code)
{
    long       status;
    curl_off_t sent;

    status = 0;
    sent = 0;

    (void) curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    (void) curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &sent);

    if (status >= 300) {
        billing_curl_via_refused(t, status);
        return 1;
    }

    if (status != 0 || sent != 0) {
        return 0;
    }

    ngx_snprintf((u_char *) t->text, BILLING_CURL_TEXT,
        "The outgoing proxy does not answer: %s%Z", curl_easy_strerror(code));
    t->result.error = t->text;

    return 1;
}


void
billing_curl_via_refused(billing_curl_transfer_t *t, long status)
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

    ngx_snprintf((u_char *) t->text, BILLING_CURL_TEXT, fmt, status);
    t->result.error = t->text;
    t->result.proxy = 1;
}

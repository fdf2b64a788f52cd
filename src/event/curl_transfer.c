
/*
 * One transfer of the curl bridge: options, body, headers, result.
 *
 * Nothing here is called by libcurl but the write callback, which only
 * appends to a capped buffer.  The request belongs to the transfer and is
 * wiped with it; libcurl reads its body and headers in place.
 */

#include "event/curl_internal.h"
#include "event/metrics.h"
#include "event/stack.h"

#include "core/secret.h"


#define BILLING_CURL_CONNECT_TIMEOUT 5000
#define BILLING_CURL_LOCAL_TIMEOUT   2000 /* this machine answers at once */
#define BILLING_CURL_MAX_BODY        (16 * 1024 * 1024)


static ngx_int_t curl_terminate(billing_http_request_t *request);
static ngx_int_t curl_terminate_buf(billing_buf_t *b);
static CURLcode  curl_setup(
     billing_curl_transfer_t *t, const billing_curl_options_t *options);
static CURLcode curl_setup_limits(
    billing_curl_transfer_t *t, const billing_curl_options_t *options);
static CURLcode           curl_setup_tls(CURL *easy, const char *ca_file);
static CURLcode           curl_setup_request(billing_curl_transfer_t *t);
static CURLcode           curl_setup_auth(billing_curl_transfer_t *t);
static struct curl_slist *curl_headers(billing_curl_transfer_t *t);
static size_t curl_write(char *data, size_t size, size_t n, void *userdata);
static void   curl_drop_body(billing_curl_transfer_t *t);
static const char *curl_error(billing_curl_transfer_t *t, CURLcode code);
static ngx_uint_t  curl_http_version(CURL *easy);
static ngx_msec_t  curl_took(CURL *easy);
static void        curl_wanted(billing_curl_transfer_t *t);
static ngx_int_t   curl_retry_after(CURL *easy);
static ngx_int_t   curl_wait(char *value);


billing_curl_transfer_t *
billing_curl_transfer_create(billing_curl_t *curl,
    billing_http_request_t *request, const billing_curl_options_t *options)
{
    size_t                   max;
    CURLcode                 code;
    billing_curl_transfer_t *t;

    t = ngx_calloc(sizeof(billing_curl_transfer_t), curl->log);
    if (t == NULL) {
        billing_http_request_free(request);
        return NULL;
    }

    billing_gauge(transfers, 1);

    t->curl = curl;
    t->request = *request;
    billing_http_request_init(request);

    t->failures = billing_secret_failures();

    max = options->max_body ? options->max_body : BILLING_CURL_MAX_BODY;

    if (t->request.token) {
        billing_buf_init_secret(&t->body, max);

    } else {
        billing_buf_init(&t->body, max);
    }

    t->easy = curl_easy_init();

    if (t->easy == NULL || curl_terminate(&t->request) != NGX_OK) {
        billing_curl_transfer_free(t);
        return NULL;
    }

    code = curl_setup(t, options);

    if (code != CURLE_OK) {
        ngx_log_error(NGX_LOG_ALERT, curl->log, 0,
            "curl_easy_setopt() failed: \"%s\"", curl_easy_strerror(code));
        billing_curl_transfer_free(t);
        return NULL;
    }

    return t;
}


/* libcurl wants the URL, the headers and the key NUL-terminated. */
static ngx_int_t
curl_terminate(billing_http_request_t *request)
{
    unsigned i;

    if (curl_terminate_buf(&request->url) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < request->nheaders; i++) {
        if (curl_terminate_buf(&request->headers[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (curl_terminate_buf(&request->key) != NGX_OK
        || curl_terminate_buf(&request->service) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return request->body.status == BILLING_OK ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
curl_terminate_buf(billing_buf_t *b)
{
    if (b->len == b->max) {
        b->max++;
    }

    return billing_buf_add_char(b, '\0') == BILLING_OK ? NGX_OK : NGX_ERROR;
}


static CURLcode
curl_setup(billing_curl_transfer_t *t, const billing_curl_options_t *options)
{
    CURLcode code;

    code = curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
    billing_curl_set(t->easy, code, CURLOPT_WRITEDATA, t);
    billing_curl_set(t->easy, code, CURLOPT_WRITEFUNCTION, curl_write);

    if (code == CURLE_OK) {
        code = curl_setup_limits(t, options);
    }

    if (code == CURLE_OK) {
        code = billing_curl_via(t);
    }

    if (code == CURLE_OK) {
        code = curl_setup_tls(t->easy, options->ca_file);
    }

    if (code == CURLE_OK) {
        code = curl_setup_request(t);
    }

    if (code == CURLE_OK) {
        code = curl_setup_auth(t);
    }

    return code;
}


/*
 * QUICK_EXIT: a transfer that ends while its host name is being resolved
 * leaves the thread behind instead of joining it, which would stop the worker
 * until DNS answers (7.87).  Neither netrc nor cookies nor redirects are used
 * unless asked for.
 *
 * The time limit of the whole is a timer of curl.c.
 */
static CURLcode
curl_setup_limits(
    billing_curl_transfer_t *t, const billing_curl_options_t *options)
{
    long     connect_timeout;
    CURL    *easy;
    CURLcode code;

    easy = t->easy;
    connect_timeout = options->connect_timeout ? (long) options->connect_timeout
                                               : BILLING_CURL_CONNECT_TIMEOUT;

    if (t->request.local) {
        connect_timeout = ngx_min(connect_timeout, BILLING_CURL_LOCAL_TIMEOUT);
    }

    code = curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    billing_curl_set(easy, code, CURLOPT_QUICK_EXIT, 1L);
    billing_curl_set(easy, code, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout);
    billing_curl_set(easy, code, CURLOPT_PROTOCOLS_STR, "http,https");
    billing_curl_set(easy, code, CURLOPT_FOLLOWLOCATION, 0L);
    billing_curl_set(easy, code, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
    billing_curl_set(easy, code, CURLOPT_MAXFILESIZE_LARGE,
        (curl_off_t) (options->max_body ? options->max_body
                                        : BILLING_CURL_MAX_BODY));

    return code;
}


/*
 * Debian's libcurl has both a CA file and a folder.  Without the folder a CA
 * file of one's own is all that is trusted, and libcurl can keep what it has
 * read of a file: else each connection reads and parses it again, 20 ms that
 * the worker stands still (Curl_ssl_setup_x509_store() in 7.88).
 */
static CURLcode
curl_setup_tls(CURL *easy, const char *ca_file)
{
    CURLcode code;

    code = curl_easy_setopt(
        easy, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
    billing_curl_set(easy, code, CURLOPT_SSL_VERIFYPEER, 1L);
    billing_curl_set(easy, code, CURLOPT_SSL_VERIFYHOST, 2L);

    if (ca_file != NULL) {
        billing_curl_set(easy, code, CURLOPT_CAINFO, ca_file);
    }

    if (ca_file != NULL || curl_version_info(CURLVERSION_NOW)->cainfo != NULL) {
        billing_curl_set(easy, code, CURLOPT_CAPATH, NULL);
    }

    return code;
}


/*
 * PIPEWAIT: transfers wait for the first connection's handshake to tell
 * whether HTTP/2 is offered, instead of opening one each.  Over plain http
 * they would wait for its first response.
 */
static CURLcode
curl_setup_request(billing_curl_transfer_t *t)
{
    CURL          *easy;
    CURLcode       code;
    billing_buf_t *body;

    easy = t->easy;
    body = &t->request.body;

    code = curl_easy_setopt(easy, CURLOPT_URL, t->request.url.data);
    billing_curl_set(
        easy, code, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_2TLS);
    billing_curl_set(easy, code, CURLOPT_PIPEWAIT, (long) t->https);
    billing_curl_set(easy, code, CURLOPT_ACCEPT_ENCODING, "");
    billing_curl_set(easy, code, CURLOPT_HTTPHEADER, curl_headers(t));

    if (t->request.method == BILLING_HTTP_GET && body->len == 0) {
        return code;
    }

    billing_curl_set(easy, code, CURLOPT_POST, 1L);
    billing_curl_set(
        easy, code, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) body->len);
    billing_curl_set(
        easy, code, CURLOPT_POSTFIELDS, body->len ? body->data : "");

    if (t->request.method != BILLING_HTTP_POST) {
        billing_curl_set(easy, code, CURLOPT_CUSTOMREQUEST,
            t->request.method == BILLING_HTTP_GET ? "GET" : "PUT");
    }

    return code;
}


/*
 * libcurl signs the headers that it is given, and looks at the clock itself.
 */
static CURLcode
curl_setup_auth(billing_curl_transfer_t *t)
{
    CURLcode code;

    if (t->request.auth != BILLING_AUTH_SIGV4) {
        return CURLE_OK;
    }

    code = curl_easy_setopt(
        t->easy, CURLOPT_AWS_SIGV4, t->request.service.data);
    billing_curl_set(t->easy, code, CURLOPT_USERPWD, t->request.key.data);

    return code;
}


/*
 * The list lies in the transfer and points into the request, so that no copy
 * of a credential is left behind.  "Expect:" removes the header: a peer that
 * does not know it would cost a second of waiting.  libcurl 7.88 would sign
 * the header that is not sent (curl #11664); there the removal is left out:
 * below 1 MB it sends none of itself.
 */
static struct curl_slist *
curl_headers(billing_curl_transfer_t *t)
{
    unsigned i;

    t->headers[0].data = (char *) "Expect:";

    for (i = 0; i < t->request.nheaders; i++) {
        t->headers[i].next = &t->headers[i + 1];
        t->headers[i + 1].data = t->request.headers[i].data;
    }

    return t->request.auth == BILLING_AUTH_SIGV4 ? t->headers[0].next
                                                 : t->headers;
}


static size_t
curl_write(char *data, size_t size, size_t n, void *userdata)
{
    billing_curl_transfer_t *t = userdata;

    if (size * n > t->curl->max_held - t->curl->held) {
        t->result.crowded = 1;
        return CURL_WRITEFUNC_ERROR;
    }

    if (billing_buf_add(&t->body, data, size * n) != BILLING_OK) {
        return CURL_WRITEFUNC_ERROR;
    }

    t->held += size * n;
    t->curl->held += size * n;

    return size * n;
}


void
billing_curl_transfer_finish(billing_curl_transfer_t *t, CURLcode code)
{
    long                   status;
    billing_curl_result_t *result;

    result = &t->result;
    result->retry_after = -1;
    status = 0;

    if (t->error != NULL || code != CURLE_OK) {
        result->error = curl_error(t, code);
        result->proxy = t->error == NULL && t->proxied
                        && billing_curl_via_failed(t, code);
        result->timed_out = (code == CURLE_OPERATION_TIMEDOUT);
        result->too_large = t->body.status == BILLING_LIMIT
                            || code == CURLE_FILESIZE_EXCEEDED;
        result->nomem = code == CURLE_OUT_OF_MEMORY || t->unwatched
                        || t->body.status == BILLING_NOMEM
                        || t->failures != billing_secret_failures();
        curl_drop_body(t);
        return;
    }

    (void) curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);

    if (t->proxied && status == 407) {
        billing_curl_via_refused(t, status);
        curl_drop_body(t);
        return;
    }

    result->status = status;
    result->took = curl_took(t->easy);
    result->body = (u_char *) t->body.data;
    result->len = t->body.len;
    result->buf = &t->body;
    result->http_version = curl_http_version(t->easy);
    result->retry_after = curl_retry_after(t->easy);
    curl_wanted(t);
}


static ngx_msec_t
curl_took(CURL *easy)
{
    curl_off_t microseconds;

    microseconds = 0;
    (void) curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &microseconds);

    return (ngx_msec_t) (microseconds / 1000);
}


/* A copy: the handle may go before its reader. */
static void
curl_wanted(billing_curl_transfer_t *t)
{
    ngx_str_t          *wanted;
    struct curl_header *header;

    wanted = &t->result.wanted;

    if (t->request.wanted == NULL
        || curl_easy_header(
               t->easy, t->request.wanted, 0, CURLH_HEADER, -1, &header)
               != CURLHE_OK)
    {
        return;
    }

    wanted->data = t->wanted;
    wanted->len = ngx_cpystrn(t->wanted, (u_char *) header->value,
                      BILLING_HTTP_MAX_WANTED)
                  - t->wanted;
}


static void
curl_drop_body(billing_curl_transfer_t *t)
{
    billing_buf_free(&t->body);

    t->curl->held -= t->held;
    t->held = 0;
}


static const char *
curl_error(billing_curl_transfer_t *t, CURLcode code)
{
    if (t->error != NULL) {
        return t->error;
    }

    if (t->result.crowded) {
        return "Response bodies take too much memory";
    }

    if (t->body.status == BILLING_LIMIT || code == CURLE_FILESIZE_EXCEEDED) {
        return "Response body is too large";
    }

    if (t->body.status == BILLING_NOMEM) {
        return curl_easy_strerror(CURLE_OUT_OF_MEMORY);
    }

    return curl_easy_strerror(code);
}


static ngx_uint_t
curl_http_version(CURL *easy)
{
    long version;

    version = CURL_HTTP_VERSION_NONE;
    (void) curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);

    switch (version) {
    case CURL_HTTP_VERSION_1_0:
        return 10;

    case CURL_HTTP_VERSION_2_0:
        return 20;

    default:
        return 11;
    }
}


/*
 * The longest of all waits that are asked for: some peers send several, as in
 * "x-ms-ratelimit-...-retry-after", beside the standard one or without it.
 */
static ngx_int_t
curl_retry_after(CURL *easy)
{
    size_t              len;
    ngx_int_t           longest, wait;
    struct curl_header *header;

    static const size_t name = sizeof("Retry-After") - 1;

    longest = -1;
    header = NULL;

    for (;;) {
        header = curl_easy_nextheader(easy, CURLH_HEADER, -1, header);
        if (header == NULL) {
            return longest;
        }

        len = ngx_strlen(header->name);

        if (len < name
            || ngx_strcasecmp((u_char *) header->name + len - name,
                   (u_char *) "Retry-After")
                   != 0)
        {
            continue;
        }

        wait = curl_wait(header->value);
        longest = ngx_max(longest, wait);
    }
}


/*
 * Seconds or a date (RFC 9110 section 10.2.3); -1: neither.
 * CURLINFO_RETRY_AFTER does not tell "0" from absent and takes dates of any
 * form.
 */
static ngx_int_t
curl_wait(char *value)
{
    size_t    len, digits;
    time_t    time;
    ngx_int_t seconds;

    len = ngx_strlen(value);

    seconds = ngx_atoi((u_char *) value, len);
    if (seconds != NGX_ERROR) {
        return seconds;
    }

    digits = strspn(value, "0123456789");

    if (len != 0 && digits == len) {
        return NGX_MAX_INT32_VALUE; /* a number past all numbers */
    }

    /* some peers count in fractions: the next whole second */

    if (digits != 0 && value[digits] == '.' && digits + 1 < len
        && strspn(value + digits + 1, "0123456789") == len - digits - 1)
    {
        seconds = ngx_atoi((u_char *) value, digits);
        return seconds == NGX_ERROR ? NGX_MAX_INT32_VALUE : seconds + 1;
    }

    time = ngx_parse_http_time((u_char *) value, len);
    if (time == NGX_ERROR) {
        return -1;
    }

    return ngx_max(time - ngx_time(), 0);
}


void
billing_curl_transfer_free(billing_curl_transfer_t *t)
{
    if (t->easy != NULL) {
        curl_easy_cleanup(t->easy);
    }

    billing_http_request_free(&t->request);
    curl_drop_body(t);
    billing_gauge(transfers, -1);
    ngx_free(t);

    billing_stack_wipe();
}

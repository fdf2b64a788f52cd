
/*
 * HTTP transfers on nginx's event loop: one curl multi handle per worker.
 *
 * A transfer's callback runs exactly once unless it was cancelled, never
 * before billing_curl_start() has returned and never from inside libcurl:
 * it may start and cancel transfers and finish requests.  Results live until
 * the callback returns.
 */

#ifndef BILLING_EVENT_CURL_H
#define BILLING_EVENT_CURL_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "core/http.h"
#include "event/curl_proxy.h"


typedef struct billing_curl_s          billing_curl_t;
typedef struct billing_curl_transfer_s billing_curl_transfer_t;


typedef struct {
    ngx_uint_t max_connections;      /* of the worker; 0: 256 */
    ngx_uint_t max_host_connections; /* per host; 0: 32 */
    size_t     max_memory;           /* of all bodies; 0: 256 MB */

    const billing_curl_proxy_t *proxy; /* NULL: none; lives longer */
} billing_curl_conf_t;


typedef struct {
    const char *ca_file;         /* NULL: the system's */
    ngx_msec_t  connect_timeout; /* 0: 5 s */
    ngx_msec_t  timeout;         /* of the whole; 0: 20 s */
    size_t      max_body;        /* 0: 16 MB; more is a failure */
} billing_curl_options_t;


typedef struct {
    ngx_int_t   status;    /* HTTP; 0: the transfer failed */
    const char *error;     /* why, when status is 0; no secrets */
    unsigned    proxy : 1; /* error is about the proxy, a sentence */
    unsigned    timed_out : 1;
    unsigned    too_large : 1; /* more than max_body */
    unsigned    crowded : 1;   /* other bodies had the memory */
    unsigned    nomem : 1; /* there was none, which is nobody else's fault */
    ngx_str_t   wanted;    /* the header that was asked for; empty: none */
    u_char     *body;
    size_t      len;

    /* the body's memory: who wants to keep it moves it elsewhere */
    billing_buf_t *buf;

    ngx_int_t  retry_after;  /* seconds; -1: not said */
    ngx_msec_t took;         /* until the answer was there */
    ngx_uint_t http_version; /* 10, 11, 20 */
} billing_curl_result_t;


typedef void (*billing_curl_done_pt)(
    void *data, const billing_curl_result_t *result);


billing_curl_t *billing_curl_create(billing_curl_conf_t *conf, ngx_log_t *log);

/* For exit_process: drops all transfers; no callback runs any more. */
void billing_curl_destroy(billing_curl_t *curl);

/*
 * Starts a transfer.  request is taken over: its contents are moved into the
 * transfer (and wiped at its end), the caller's struct is empty afterwards,
 * in every case.  NULL when out of memory; then no callback comes.
 */
billing_curl_transfer_t *billing_curl_start(billing_curl_t *curl,
    billing_http_request_t *request, const billing_curl_options_t *options,
    billing_curl_done_pt done, void *data);

/* Ends a transfer at once; its callback does not run. */
void billing_curl_cancel(billing_curl_transfer_t *transfer);


#endif /* BILLING_EVENT_CURL_H */

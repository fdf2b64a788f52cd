
/*
 * One transfer: an easy handle, what it sends and what it received.  Private
 * to the bridge; ngx_billing_curl.c decides when a transfer runs and ends.
 */

#ifndef NGX_BILLING_CURL_TRANSFER_H
#define NGX_BILLING_CURL_TRANSFER_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include <curl/curl.h>

#include "core/billing_buf.h"
#include "core/billing_http.h"
#include "event/ngx_billing_curl.h"


typedef enum {
    NGX_BILLING_CURL_RUNNING = 0, /* in the multi handle */
    NGX_BILLING_CURL_FINISHED,    /* out of it, the callback is due */
    NGX_BILLING_CURL_CALLING      /* the callback is on the stack */
} ngx_billing_curl_state_t;


struct ngx_billing_curl_transfer_s {
    ngx_billing_curl_t *curl;
    CURL               *easy;
    const char         *error; /* set by us, not by libcurl */

    /* of the deadline; an event's ident must be after 3 pointers */
    ngx_int_t ident;

    ngx_queue_t              queue;
    ngx_event_t              deadline;
    ngx_billing_curl_state_t state;

    ngx_billing_curl_done_pt  done;
    void                     *data;
    ngx_billing_curl_result_t result;

    /* libcurl copies neither body nor headers: they stay here till the end */
    billing_http_request_t request;
    struct curl_slist      headers[BILLING_HTTP_MAX_HEADERS + 1];
    billing_buf_t          body; /* of the response */
};


/*
 * Makes a transfer with an easy handle that is ready to run; its private
 * pointer is the transfer.  Takes the request over in every case.  NULL when
 * out of memory.
 */
ngx_billing_curl_transfer_t *ngx_billing_curl_transfer_create(
    billing_http_request_t *request, const ngx_billing_curl_options_t *options,
    ngx_log_t *log);

/* Fills transfer->result; its body is transfer->body. */
void ngx_billing_curl_transfer_finish(
    ngx_billing_curl_transfer_t *t, CURLcode code);

/* The easy handle must be out of the multi handle. */
void ngx_billing_curl_transfer_free(ngx_billing_curl_transfer_t *t);


#endif /* NGX_BILLING_CURL_TRANSFER_H */

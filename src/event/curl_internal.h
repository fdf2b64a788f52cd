
/*
 * What the files of the curl bridge share: curl.c has the multi
 * handle and decides when a transfer runs and ends, curl_socket.c has libcurl's
 * sockets, curl_transfer.c one easy handle, what it sends and what it received.
 * The first calls the others; what happens to a socket it is told through
 * billing_curl_hear_t.
 */

#ifndef BILLING_EVENT_CURL_INTERNAL_H
#define BILLING_EVENT_CURL_INTERNAL_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include <curl/curl.h>

#include "core/buf.h"
#include "core/http.h"
#include "event/curl.h"


#define BILLING_CURL_TEXT 128

/* Sets an option unless one before it failed. */
#define billing_curl_set(easy, code, option, value)   \
    if (code == CURLE_OK) {                           \
        code = curl_easy_setopt(easy, option, value); \
    }


/* What curl.c hears of sockets. */
typedef struct {
    /* It is ready for what, CURL_CSELECT_IN or _OUT. */
    void (*ready)(billing_curl_t *curl, curl_socket_t fd, int what);

    /* worker_shutdown_timeout is over: all ends now. */
    void (*close)(billing_curl_t *curl);

    /* libcurl has let go of one of a transfer that may be running. */
    void (*lost)(billing_curl_transfer_t *t);

    /* There is no memory, or no connection of nginx, to watch one with. */
    void (*unwatched)(billing_curl_transfer_t *t);
} billing_curl_hear_t;


struct billing_curl_s {
    CURLM     *multi;
    ngx_log_t *log;
    void      *unused;

    /* of the timer: an event's ident must be after 3 pointers */
    ngx_int_t ident;

    ngx_event_t timer; /* libcurl's */
    ngx_event_t turn;  /* set: this turn of nginx's loop had its callback */
    ngx_queue_t running;
    ngx_queue_t lost;     /* running, without a socket they had */
    ngx_queue_t failed;   /* in the multi handle, error is set */
    ngx_queue_t finished; /* out of it, callbacks are due */
    size_t      held;     /* bytes of all bodies */
    size_t      max_held;
    unsigned    closing : 1;

    const billing_curl_proxy_t *proxy; /* NULL: none */
    const billing_curl_hear_t  *hear;
};


typedef enum {
    BILLING_CURL_RUNNING = 0, /* in the multi handle */
    BILLING_CURL_FINISHED,    /* out of it, the callback is due */
    BILLING_CURL_CALLING      /* the callback is on the stack */
} billing_curl_state_t;


struct billing_curl_transfer_s {
    billing_curl_t *curl;
    CURL           *easy;
    const char     *error;    /* set by us, not by libcurl */
    unsigned        failures; /* of allocations, before it */

    /* of the deadline: an event's ident must be after 3 pointers */
    ngx_int_t ident;

    ngx_queue_t          queue;
    ngx_event_t          deadline;
    billing_curl_state_t state;

    billing_curl_done_pt  done;
    void                 *data;
    billing_curl_result_t result;

    /* libcurl copies neither body nor headers: they stay here till the end */
    billing_http_request_t request;
    struct curl_slist      headers[BILLING_HTTP_MAX_HEADERS + 1];
    billing_buf_t          body; /* of the response */
    size_t                 held; /* bytes of it, or what they were */
    unsigned               proxied : 1;
    unsigned               https : 1;
    unsigned               unwatched : 1; /* no memory for its socket */
    char                   text[BILLING_CURL_TEXT]; /* of an error */
    u_char                 wanted[BILLING_HTTP_MAX_WANTED];
};


/* CURLMOPT_SOCKETFUNCTION */
int billing_curl_socket(
    CURL *easy, curl_socket_t fd, int what, void *data, void *socketp);


/*
 * Makes a transfer with an easy handle that is ready to run; its private
 * pointer is the transfer.  Takes the request over in every case.  NULL when
 * out of memory.
 */
billing_curl_transfer_t *billing_curl_transfer_create(billing_curl_t *curl,
    billing_http_request_t *request, const billing_curl_options_t *options);

/* Fills transfer->result; its body is transfer->body. */
void billing_curl_transfer_finish(billing_curl_transfer_t *t, CURLcode code);

/* Sends the transfer through the proxy, or past it. */
CURLcode billing_curl_via(billing_curl_transfer_t *t);

/*
 * 1: a transfer that was sent through the proxy failed on its way there; its
 * result then says so.
 */
ngx_uint_t billing_curl_via_failed(billing_curl_transfer_t *t, CURLcode code);

/* The proxy's own status is the failure. */
void billing_curl_via_refused(billing_curl_transfer_t *t, long status);

/* The easy handle must be out of the multi handle. */
void billing_curl_transfer_free(billing_curl_transfer_t *t);


#endif /* BILLING_EVENT_CURL_INTERNAL_H */

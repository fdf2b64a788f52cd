
/* The runs of the test module, and how they are told of. */

#ifndef NGX_HTTP_CURL_TEST_H
#define NGX_HTTP_CURL_TEST_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "event/curl.h"


typedef struct ngx_http_curl_test_run_s ngx_http_curl_test_run_t;


typedef struct {
    ngx_http_curl_test_run_t *run;
    billing_curl_transfer_t  *transfer; /* NULL: ended */
    billing_curl_result_t     result;   /* without the body */
    u_char                    md5[16];
    ngx_uint_t                calls;
    ngx_uint_t                cancelled;
} ngx_http_curl_test_item_t;


struct ngx_http_curl_test_run_s {
    ngx_pool_t                *pool;
    ngx_http_request_t        *request; /* NULL: detached */
    billing_curl_t            *curl;
    ngx_queue_t                queue;
    ngx_http_curl_test_item_t *items;
    ngx_uint_t                 n; /* started */
    ngx_uint_t                 max;
    ngx_uint_t                 left;
    ngx_str_t                  url;
    ngx_str_t                  method;
    ngx_str_t                  header;
    ngx_str_t                  body;
    ngx_str_t                  on_done;
    ngx_str_t                  sigv4;
    ngx_str_t                  key;
    billing_curl_options_t     options;
    ngx_uint_t                 local;
    unsigned                   starting : 1;
    unsigned                   inside : 1; /* a callback inside start() */
};


typedef struct {
    billing_curl_conf_t  conf;
    billing_curl_proxy_t proxy; /* url NULL: none */
    billing_curl_t      *curl;
    ngx_queue_t          runs;
} ngx_http_curl_test_main_conf_t;


extern ngx_module_t ngx_http_curl_test_module;


/* Answers a request with the results of its run. */
ngx_int_t ngx_http_curl_test_report(ngx_http_curl_test_run_t *run);

/* Writes the results of a detached run to the log. */
void ngx_http_curl_test_log(ngx_http_curl_test_run_t *run);

/* Answers with what the worker is at. */
ngx_int_t ngx_http_curl_test_stats(ngx_http_request_t *r, ngx_uint_t cancelled);


#endif /* NGX_HTTP_CURL_TEST_H */


/*
 * The Lua scripts by which the store reads and writes Redis.  Each is one
 * atomic change.  What they take and answer is said in the file of each,
 * ngx_http_billing_script_<name>.lua.
 */

#ifndef NGX_HTTP_BILLING_SCRIPTS_H
#define NGX_HTTP_BILLING_SCRIPTS_H

#include "event/ngx_billing_redis.h"


extern ngx_billing_redis_script_t ngx_http_billing_script_sync;
extern ngx_billing_redis_script_t ngx_http_billing_script_create;
extern ngx_billing_redis_script_t ngx_http_billing_script_update;
extern ngx_billing_redis_script_t ngx_http_billing_script_delete;
extern ngx_billing_redis_script_t ngx_http_billing_script_link;
extern ngx_billing_redis_script_t ngx_http_billing_script_state;
extern ngx_billing_redis_script_t ngx_http_billing_script_seen;
extern ngx_billing_redis_script_t ngx_http_billing_script_list_lock;
extern ngx_billing_redis_script_t ngx_http_billing_script_provider;
extern ngx_billing_redis_script_t ngx_http_billing_script_reseal;
extern ngx_billing_redis_script_t ngx_http_billing_script_verify_begin;
extern ngx_billing_redis_script_t ngx_http_billing_script_verify_end;


#endif /* NGX_HTTP_BILLING_SCRIPTS_H */


/*
 * Parts of Redis' URLs: redis_url.c takes one apart,
 * redis_url_list.c one that names several servers, and both use redis_url_parts.c.
 *
 * Errors are texts to return from the directive's handler, NGX_CONF_OK else.
 */

#ifndef BILLING_EVENT_REDIS_URL_PARTS_H
#define BILLING_EVENT_REDIS_URL_PARTS_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "event/redis.h"


#define BILLING_REDIS_PORT 6379


/* What follows "sentinel://" and "cluster://". */
char *billing_redis_url_list_parse_sentinel(
    ngx_conf_t *cf, ngx_str_t rest, billing_redis_conf_t *conf);
char *billing_redis_url_list_parse_cluster(
    ngx_conf_t *cf, ngx_str_t rest, billing_redis_conf_t *conf);


/* "[user]:password", percent-encoded; what it sets is in cf->pool. */
char *billing_redis_url_parts_parse_user(
    ngx_conf_t *cf, ngx_str_t text, ngx_str_t *user, ngx_str_t *password);

/* "host[:port]": sets conf's name, host and port. */
char *billing_redis_url_parts_parse_host(
    ngx_conf_t *cf, ngx_str_t text, in_port_t port, billing_redis_conf_t *conf);

char *billing_redis_url_parts_parse_db(
    ngx_str_t text, billing_redis_conf_t *conf);

/*
 * Cuts "user:password@" from the front of text; user is empty if it is not
 * there.  Cuts text in two at the character at, which goes; 0 if that is
 * NULL.
 */
void       billing_redis_url_parts_cut_user(ngx_str_t *text, ngx_str_t *user);
ngx_uint_t billing_redis_url_parts_cut(
    ngx_str_t *text, u_char *at, ngx_str_t *rest);


#endif /* BILLING_EVENT_REDIS_URL_PARTS_H */

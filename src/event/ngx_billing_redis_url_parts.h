
/*
 * Parts of Redis' URLs: ngx_billing_redis_url.c takes one apart,
 * _url_list.c one that names several servers, and both use _url_parts.c.
 *
 * Errors are texts to return from the directive's handler, NGX_CONF_OK else.
 */

#ifndef NGX_BILLING_REDIS_URL_PARTS_H
#define NGX_BILLING_REDIS_URL_PARTS_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "event/ngx_billing_redis.h"


#define NGX_BILLING_REDIS_PORT 6379


/* What follows "sentinel://" and "cluster://". */
char *ngx_billing_redis_parse_sentinel(
    ngx_conf_t *cf, ngx_str_t rest, ngx_billing_redis_conf_t *conf);
char *ngx_billing_redis_parse_cluster(
    ngx_conf_t *cf, ngx_str_t rest, ngx_billing_redis_conf_t *conf);


/* "[user]:password", percent-encoded; what it sets is in cf->pool. */
char *ngx_billing_redis_parse_user(
    ngx_conf_t *cf, ngx_str_t text, ngx_str_t *user, ngx_str_t *password);

/* "host[:port]": sets conf's name, host and port. */
char *ngx_billing_redis_parse_host(ngx_conf_t *cf, ngx_str_t text,
    in_port_t port, ngx_billing_redis_conf_t *conf);

char *ngx_billing_redis_parse_db(
    ngx_str_t text, ngx_billing_redis_conf_t *conf);

/*
 * Cuts "user:password@" from the front of text; user is empty if it is not
 * there.  Cuts text in two at the character at, which goes; 0 if that is
 * NULL.
 */
void       ngx_billing_redis_cut_user(ngx_str_t *text, ngx_str_t *user);
ngx_uint_t ngx_billing_redis_cut(ngx_str_t *text, u_char *at, ngx_str_t *rest);


#endif /* NGX_BILLING_REDIS_URL_PARTS_H */

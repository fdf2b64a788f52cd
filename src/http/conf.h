
/*
 * Configuration: what the directive table calls, and the functions that nginx
 * calls around the reading of a configuration.
 */

#ifndef BILLING_HTTP_CONF_H
#define BILLING_HTTP_CONF_H

#include "http/billing.h"


char *ngx_http_billing_set_enable(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_billing_set_metrics(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_billing_set_redis(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_billing_set_redis_wait(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_billing_set_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_billing_set_key_file(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_billing_set_provider(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_billing_set_proxy(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_billing_set_lookup_limit(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_billing_set_cache_valid(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_billing_set_html(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_billing_set_base_path(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* Says which parameter it is; returns NGX_CONF_ERROR. */
char *billing_directives_invalid(ngx_conf_t *cf, ngx_str_t *value);

ngx_int_t ngx_http_billing_add_variables(ngx_conf_t *cf);
ngx_int_t billing_conf_init(ngx_conf_t *cf);

void *ngx_http_billing_create_main_conf(ngx_conf_t *cf);
char *ngx_http_billing_init_main_conf(ngx_conf_t *cf, void *conf);
void *ngx_http_billing_create_loc_conf(ngx_conf_t *cf);
char *ngx_http_billing_merge_loc_conf(
    ngx_conf_t *cf, void *parent, void *child);

/* The content handler of a location with "billing on". */
ngx_int_t ngx_http_billing_handler(ngx_http_request_t *r);

/* Metrics: the content handler, the handler of the log phase, the beginning. */
ngx_int_t billing_metrics_handler(ngx_http_request_t *r);
ngx_int_t billing_metrics_log(ngx_http_request_t *r);
void      billing_metrics_init(billing_main_conf_t *bmcf);


#endif /* BILLING_HTTP_CONF_H */

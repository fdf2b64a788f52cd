
#include "store/ngx_http_billing_watch.h"

#include "core/billing_input.h"
#include "event/ngx_billing_redis_channel.h"


struct ngx_http_billing_watch_s {
    ngx_http_billing_zone_t     *zone;
    ngx_billing_redis_channel_t *channel;
};


static ngx_int_t ngx_http_billing_watch_listen(ngx_http_billing_watch_t *watch,
    ngx_billing_redis_conf_t *conf, const ngx_str_t *prefix, ngx_log_t *log);
static void ngx_http_billing_watch_message(void *data, const ngx_str_t *text);
static void ngx_http_billing_watch_again(void *data);


ngx_http_billing_watch_t *
ngx_http_billing_watch_create(ngx_billing_redis_conf_t *conf,
    const ngx_str_t *prefix, ngx_http_billing_zone_t *zone, ngx_log_t *log)
{
    ngx_http_billing_watch_t *watch;

    watch = ngx_calloc(sizeof(ngx_http_billing_watch_t), log);
    if (watch == NULL) {
        return NULL;
    }

    watch->zone = zone;

    if (ngx_http_billing_watch_listen(watch, conf, prefix, log) != NGX_OK) {
        ngx_free(watch);
        return NULL;
    }

    return watch;
}


void
ngx_http_billing_watch_destroy(ngx_http_billing_watch_t *watch)
{
    ngx_billing_redis_channel_destroy(watch->channel);
    ngx_free(watch);
}


/* On the channel of which the scripts know, too. */
static ngx_int_t
ngx_http_billing_watch_listen(ngx_http_billing_watch_t *watch,
    ngx_billing_redis_conf_t *conf, const ngx_str_t *prefix, ngx_log_t *log)
{
    ngx_str_t                    name;
    ngx_billing_redis_listener_t listener;

    name.data = ngx_alloc(prefix->len + sizeof("changed"), log);
    if (name.data == NULL) {
        return NGX_ERROR;
    }

    name.len = ngx_sprintf(name.data, "%Vchanged", prefix) - name.data;

    listener.message = ngx_http_billing_watch_message;
    listener.again = ngx_http_billing_watch_again;
    listener.data = watch;

    watch->channel = ngx_billing_redis_channel_create(
        conf, &name, &listener, log);

    ngx_free(name.data);

    return watch->channel == NULL ? NGX_ERROR : NGX_OK;
}


ngx_uint_t
ngx_http_billing_watch_trusted(ngx_http_billing_watch_t *watch)
{
    return watch != NULL
           && ngx_billing_redis_channel_proved(
               watch->channel, NGX_HTTP_BILLING_WATCH_LAG);
}


/* Others may publish there, too: what is no domain is none of ours. */
static void
ngx_http_billing_watch_message(void *data, const ngx_str_t *text)
{
    ngx_http_billing_watch_t *watch = data;

    billing_str_t domain;

    domain.data = (char *) text->data;
    domain.len = text->len;

    if (billing_input_is_domain(domain)) {
        ngx_http_billing_zone_touch(watch->zone, text);
    }
}


static void
ngx_http_billing_watch_again(void *data)
{
    ngx_http_billing_watch_t *watch = data;

    ngx_http_billing_zone_doubt(watch->zone);
}

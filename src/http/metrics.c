
/*
 * "billing_metrics on": what was counted, as Prometheus reads it (text format
 * 0.0.4).  Labels are of closed sets - endpoints, providers, classes of status
 * - and never what people have written.
 */

#include "http/conf.h"
#include "http/op.h"
#include "http/subject.h"


#define BILLING_METRICS_MAX (256 * 1024)

/* places of requests behind those of the routes */
#define BILLING_METRICS_PAGES (BILLING_METRICS_ROUTES - 1)
#define BILLING_METRICS_OTHER (BILLING_METRICS_ROUTES - 2)


static void metrics_request(ngx_http_request_t *r, billing_loc_conf_t *blcf);
static void metrics_lookup(billing_ctx_t *ctx);
static void metrics_head(
    billing_buf_t *b, const char *name, const char *type, const char *help);
static void metrics_one(billing_buf_t *b, const char *name, const char *type,
    const char *help, uint64_t value);
static void metrics_requests(billing_buf_t *b, billing_metrics_t *m);
static void metrics_figures(billing_buf_t *b, billing_metrics_t *m);
static void metrics_calls(billing_buf_t *b, billing_metrics_t *m);
static void metrics_redis(billing_buf_t *b, billing_metrics_t *m);
static void metrics_zone(
    billing_buf_t *b, billing_metrics_t *m, billing_zone_t *zone);
static billing_metrics_worker_t metrics_workers(billing_metrics_t *m);
static ngx_int_t metrics_send(ngx_http_request_t *r, billing_buf_t *b);
static void      metrics_free(void *data);


static const char *const metrics_caches[BILLING_METRICS_CACHES] = { "HIT",
    "UPDATING", "STALE", "MISS", "BYPASS" };

/* milliseconds, and what they are called */
static const struct {
    ngx_msec_t  limit;
    const char *name;
} billing_buckets[BILLING_METRICS_BUCKETS] = { { 1, "0.001" }, { 5, "0.005" },
    { 25, "0.025" }, { 100, "0.1" }, { 250, "0.25" }, { 1000, "1" },
    { 2500, "2.5" }, { 5000, "5" }, { 10000, "10" }, { 30000, "30" } };

static const char *const metrics_results[BILLING_METRICS_RESULTS] = { "ok",
    "rejected", "throttled", "unavailable", "malformed", "internal" };


/* The log phase of all requests. */
ngx_int_t
billing_metrics_log(ngx_http_request_t *r)
{
    billing_ctx_t      *ctx;
    billing_loc_conf_t *blcf;

    blcf = ngx_http_get_module_loc_conf(r, ngx_http_billing_module);

    if (!blcf->enable || r != r->main) {
        return NGX_OK;
    }

    metrics_request(r, blcf);

    ctx = ngx_http_get_module_ctx(r, ngx_http_billing_module);

    if (ctx != NULL && ctx->valid && ctx->cache_status.len != 0) {
        metrics_lookup(ctx);
    }

    return NGX_OK;
}


static void
metrics_request(ngx_http_request_t *r, billing_loc_conf_t *blcf)
{
    ngx_str_t              path, id;
    ngx_uint_t             methods;
    ngx_uint_t             place, class;
    const billing_route_t *route;

    class = (r->err_status ? r->err_status : r->headers_out.status) / 100;
    class = class < BILLING_METRICS_CLASSES ? class : 0;

    place = BILLING_METRICS_PAGES;
    path.data = r->uri.data + blcf->name.len;
    path.len = r->uri.len < blcf->name.len ? 0 : r->uri.len - blcf->name.len;

    if (path.len >= 4 && ngx_strncmp(path.data, "api/", 4) == 0) {
        place = BILLING_METRICS_OTHER;
    }

    if (path.len >= 7 && ngx_strncmp(path.data, "api/v1/", 7) == 0) {
        path.data += 7;
        path.len -= 7;

        route = billing_route(
            r->method == NGX_HTTP_HEAD ? NGX_HTTP_GET : r->method, &path, &id,
            &methods);

        if (route != NULL) {
            place = ngx_min(billing_route_place(route), BILLING_METRICS_OTHER);
        }
    }

    billing_count(requests[place][class]);
}


static void
metrics_lookup(billing_ctx_t *ctx)
{
    ngx_uint_t i;

    for (i = 0; i < BILLING_METRICS_CACHES; i++) {
        if (ngx_strncmp(ctx->cache_status.data, metrics_caches[i],
                ctx->cache_status.len)
            == 0)
        {
            billing_count(caches[i]);
            break;
        }
    }

    for (i = 0; i < BILLING_METRICS_BUCKETS
                && ctx->lookup_time > billing_buckets[i].limit;
         i++)
    { /* void */
    }

    billing_count(lookups[i]);
    (void) ngx_atomic_fetch_add(&billing_metrics->lookup_ms, ctx->lookup_time);
}


/*
 * After the shared memory is there, before there are workers: counters that
 * stand for other things than ours begin anew.
 */
void
billing_metrics_init(billing_main_conf_t *bmcf)
{
    uint32_t               print;
    ngx_uint_t             i;
    billing_metrics_t     *m;
    const billing_route_t *route;

    m = billing_zone_metrics(bmcf->zone);
    ngx_crc32_init(print);

    for (i = 0; (route = billing_route_at(i)) != NULL; i++) {
        ngx_crc32_update(&print, route->path.data, route->path.len);
        ngx_crc32_update(&print, (u_char *) &route->method, sizeof(ngx_uint_t));
    }

    for (i = 0; billing_providers[i] != NULL; i++) {
        ngx_crc32_update(&print, (u_char *) billing_providers[i]->id,
            ngx_strlen(billing_providers[i]->id));
    }

    ngx_crc32_final(print);

    if (m->print != print) {
        ngx_memzero(m, offsetof(billing_metrics_t, workers));
        m->print = print;
    }
}


ngx_int_t
billing_metrics_handler(ngx_http_request_t *r)
{
    ngx_int_t            rc;
    billing_buf_t        b;
    billing_metrics_t   *m;
    billing_main_conf_t *bmcf;

    if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    bmcf = ngx_http_get_module_main_conf(r, ngx_http_billing_module);
    m = billing_zone_metrics(bmcf->zone);

    billing_buf_init(&b, BILLING_METRICS_MAX);

    metrics_requests(&b, m);
    metrics_figures(&b, m);
    metrics_calls(&b, m);
    metrics_redis(&b, m);
    metrics_zone(&b, m, bmcf->zone);

    return metrics_send(r, &b);
}


static void
metrics_head(
    billing_buf_t *b, const char *name, const char *type, const char *help)
{
    (void) billing_buf_addf(b, "# HELP billing_%s %s\n# TYPE billing_%s %s\n",
        name, help, name, type);
}


static void
metrics_one(billing_buf_t *b, const char *name, const char *type,
    const char *help, uint64_t value)
{
    metrics_head(b, name, type, help);
    (void) billing_buf_addf(
        b, "billing_%s %llu\n", name, (unsigned long long) value);
}


/* Those that there were; a request without a status had no answer. */
static void
metrics_requests(billing_buf_t *b, billing_metrics_t *m)
{
    ngx_uint_t             i, k, known;
    const char            *method;
    ngx_str_t              path;
    const billing_route_t *route;

    metrics_head(b, "requests_total", "counter",
        "Requests by endpoint and class of status.");

    known = 1;

    for (i = 0; i < BILLING_METRICS_ROUTES; i++) {
        route = known ? billing_route_at(i) : NULL;
        known = route != NULL;

        ngx_str_set(&path, "none");
        method = "any";

        if (known) {
            path = route->path;
            method = route->method == NGX_HTTP_GET      ? "GET"
                     : route->method == NGX_HTTP_POST   ? "POST"
                     : route->method == NGX_HTTP_PUT    ? "PUT"
                     : route->method == NGX_HTTP_PATCH  ? "PATCH"
                     : route->method == NGX_HTTP_DELETE ? "DELETE"
                                                        : "any";

        } else if (i == BILLING_METRICS_PAGES) {
            ngx_str_set(&path, "pages");
        }

        for (k = 0; k < BILLING_METRICS_CLASSES; k++) {
            if (m->requests[i][k] == 0) {
                continue;
            }

            (void) billing_buf_addf(b,
                "billing_requests_total{method=\"%s\",endpoint=\"%.*s\","
                "status=\"%uxx\"} %llu\n",
                method, (int) path.len, path.data, (unsigned) k,
                (unsigned long long) m->requests[i][k]);
        }
    }
}


static void
metrics_figures(billing_buf_t *b, billing_metrics_t *m)
{
    uint64_t   sum;
    ngx_uint_t i;

    metrics_head(b, "answers_total", "counter",
        "Answers with figures by what they were made of.");

    for (i = 0; i < BILLING_METRICS_CACHES; i++) {
        (void) billing_buf_addf(b, "billing_answers_total{cache=\"%s\"} %llu\n",
            metrics_caches[i], (unsigned long long) m->caches[i]);
    }

    metrics_head(b, "lookup_seconds", "histogram",
        "Time that answers with figures took.");

    sum = 0;

    for (i = 0; i < BILLING_METRICS_BUCKETS; i++) {
        sum += m->lookups[i];
        (void) billing_buf_addf(b,
            "billing_lookup_seconds_bucket{le=\"%s\"} %llu\n",
            billing_buckets[i].name, (unsigned long long) sum);
    }

    sum += m->lookups[i];
    (void) billing_buf_addf(b,
        "billing_lookup_seconds_bucket{le=\"+Inf\"} %llu\n"
        "billing_lookup_seconds_sum %llu.%03u\n"
        "billing_lookup_seconds_count %llu\n",
        (unsigned long long) sum, (unsigned long long) (m->lookup_ms / 1000),
        (unsigned) (m->lookup_ms % 1000), (unsigned long long) sum);
}


static void
metrics_calls(billing_buf_t *b, billing_metrics_t *m)
{
    ngx_uint_t               i, k;
    billing_metrics_worker_t all;

    all = metrics_workers(m);

    metrics_head(b, "provider_calls_total", "counter",
        "Calls to providers that have ended.");

    for (i = 0; billing_providers[i] != NULL && i < BILLING_METRICS_PROVIDERS;
         i++) {
        for (k = 0; k < BILLING_METRICS_RESULTS; k++) {
            if (k != 0 && m->calls[i][k] == 0) {
                continue;
            }

            (void) billing_buf_addf(b,
                "billing_provider_calls_total{provider=\"%s\",result=\"%s\"} "
                "%llu\n",
                billing_providers[i]->id, metrics_results[k],
                (unsigned long long) m->calls[i][k]);
        }
    }

    metrics_one(b, "provider_calls_in_flight", "gauge",
        "Calls to providers under way.", all.transfers);
    metrics_one(b, "breakers_open", "gauge",
        "Hosts of providers that are held back, summed over workers.",
        all.breakers);
    metrics_one(b, "breaker_opened_total", "counter",
        "How often a host of a provider came to be held back by a worker.",
        m->held_back);
    metrics_one(b, "verifications_refused_total", "counter",
        "Credentials that a provider has refused when they were tested.",
        m->refused);
    metrics_one(b, "workers", "gauge", "Worker processes.", all.running);
}


static void
metrics_redis(billing_buf_t *b, billing_metrics_t *m)
{
    billing_metrics_worker_t all;

    all = metrics_workers(m);

    metrics_one(b, "redis_connections", "gauge",
        "Connections to Redis that are ready.", all.redis);
    metrics_one(b, "redis_connects_total", "counter",
        "Connections to Redis that were made.", m->redis_connects);
    metrics_one(b, "redis_commands_total", "counter",
        "Commands to Redis that have ended.", m->redis_commands);
    metrics_one(b, "redis_failures_total", "counter",
        "Those of them that Redis did not answer.", m->redis_failures);
}


static void
metrics_zone(billing_buf_t *b, billing_metrics_t *m, billing_zone_t *zone)
{
    size_t size, unused;

    billing_zone_room(zone, &size, &unused);

    metrics_one(b, "zone_bytes", "gauge", "Size of the zone.", size);
    metrics_one(
        b, "zone_free_bytes", "gauge", "What of it nothing is in.", unused);
    metrics_one(b, "zone_kept_total", "counter",
        "Answers that were put into the zone.", m->kept);
    metrics_one(b, "zone_evicted_total", "counter",
        "Answers that had to make room in the zone.", m->evicted);
}


static billing_metrics_worker_t
metrics_workers(billing_metrics_t *m)
{
    ngx_uint_t               i;
    billing_metrics_worker_t all;

    ngx_memzero(&all, sizeof(billing_metrics_worker_t));

    for (i = 0; i < BILLING_METRICS_WORKERS; i++) {
        all.transfers += m->workers[i].transfers;
        all.redis += m->workers[i].redis;
        all.breakers += m->workers[i].breakers;
        all.running += m->workers[i].running;
    }

    return all;
}


static ngx_int_t
metrics_send(ngx_http_request_t *r, billing_buf_t *b)
{
    ngx_pool_cleanup_t *cln;

    cln = ngx_pool_cleanup_add(r->pool, 0);

    if (cln == NULL || b->status != BILLING_OK) {
        billing_buf_free(b);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cln->handler = metrics_free;
    cln->data = b->data;

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = b->len;
    ngx_str_set(&r->headers_out.content_type,
        "text/plain; version=0.0.4; charset=utf-8");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    return billing_op_output(r, (u_char *) b->data, b->len);
}


static void
metrics_free(void *data)
{
    free(data);
}

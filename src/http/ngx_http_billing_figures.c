
/*
 * From the catalog to the answer, for every endpoint that shows figures.
 */

#include "http/ngx_http_billing_answers.h"
#include "http/ngx_http_billing_etag.h"
#include "http/ngx_http_billing_figures.h"
#include "http/ngx_http_billing_resource.h"


#define NGX_HTTP_BILLING_FIGURES_MAX    (256 * 1024 * 1024)
#define NGX_HTTP_BILLING_FIGURES_MOMENT 1 /* seconds */


static void ngx_http_billing_figures_load(ngx_http_billing_figures_t *figures);
static void ngx_http_billing_figures_abort(ngx_http_billing_op_t *op);
static ngx_uint_t ngx_http_billing_figures_enabled(
    void *data, ngx_str_t *provider);
static void ngx_http_billing_figures_catalog(
    void *data, const ngx_http_billing_catalog_t *catalog);
static ngx_uint_t ngx_http_billing_figures_asked(
    void *data, const ngx_http_billing_catalog_account_t *account);
static void ngx_http_billing_figures_linked(void *data, ngx_uint_t changed);
static void ngx_http_billing_figures_plan(ngx_http_billing_figures_t *figures);
static void ngx_http_billing_figures_lookup(
    ngx_http_billing_figures_t *figures);
static billing_status_t ngx_http_billing_figures_row(void *data,
    const ngx_http_billing_cost_origin_t *origin, const billing_row_t *row);
static void             ngx_http_billing_figures_open(
                void *data, const ngx_http_billing_cost_origin_t *origin, uint32_t dates);
static void ngx_http_billing_figures_progress(
    void *data, ngx_uint_t done, ngx_uint_t total);
static void ngx_http_billing_figures_done(
    void *data, const ngx_http_billing_cost_result_t *result);
static void       ngx_http_billing_figures_away(ngx_http_billing_op_t *op);
static ngx_uint_t ngx_http_billing_figures_problem(
    ngx_http_billing_op_t *op, ngx_http_billing_cost_status_t status);
static void   ngx_http_billing_figures_send(ngx_http_billing_figures_t *figures,
      const ngx_http_billing_cost_result_t                             *result);
static time_t ngx_http_billing_figures_until(
    ngx_http_billing_figures_t           *figures,
    const ngx_http_billing_cost_result_t *result,
    ngx_http_billing_answer_t            *answer);
static void ngx_http_billing_figures_free(void *data);


ngx_http_billing_figures_t *
ngx_http_billing_figures_create(ngx_http_billing_op_t *op,
    const ngx_http_billing_figures_endpoint_t         *endpoint)
{
    ngx_http_billing_figures_t *figures;

    figures = ngx_pcalloc(op->pool, sizeof(ngx_http_billing_figures_t));

    if (figures == NULL
        || ngx_array_init(&figures->accounts, op->pool, 16,
               sizeof(billing_fetch_account_t))
               != NGX_OK
        || ngx_array_init(&figures->sources, op->pool, 16, sizeof(void *))
               != NGX_OK)
    {
        ngx_http_billing_send_nomem(op);
        return NULL;
    }

    figures->op = op;
    figures->kept = op->foreign;
    figures->once = op->foreign;
    figures->endpoint = endpoint;
    figures->now = ngx_time();
    figures->today = billing_day_of(figures->now);

    return figures;
}


ngx_int_t
ngx_http_billing_figures_refresh(
    ngx_http_billing_figures_t *figures, ngx_uint_t refresh)
{
    ngx_str_t              ignored = ngx_string("ignored");
    ngx_http_billing_op_t *op;

    op = figures->op;

    if (!refresh) {
        return NGX_OK;
    }

    if (op->role != NGX_HTTP_BILLING_ADMIN) {
        ngx_http_billing_send_problem(op, NGX_HTTP_BILLING_FORBIDDEN,
            "only administrators may ask for a refresh");
        return NGX_DONE;
    }

    /* what is kept is found by the query: that of a refresh is no answer to it */
    figures->refresh = op->insists;
    figures->once = 1;

    if (!op->insists
        && ngx_http_billing_header(op, "X-Billing-Refresh", &ignored) != NGX_OK)
    {
        ngx_http_billing_send_nomem(op);
        return NGX_DONE;
    }

    return NGX_OK;
}


void
ngx_http_billing_figures_run(ngx_http_billing_figures_t *figures)
{
    figures->op->data = figures;
    figures->op->abort = ngx_http_billing_figures_abort;

    if (ngx_http_billing_answers_begin(figures->op) != NGX_OK) {
        ngx_http_billing_send_nomem(figures->op);
        return;
    }

    ngx_http_billing_figures_load(figures);
}


static void
ngx_http_billing_figures_load(ngx_http_billing_figures_t *figures)
{
    ngx_http_billing_op_t *op;

    op = figures->op;

    figures->load = ngx_http_billing_catalog_load(&op->bmcf->store, op->pool,
        &op->domain, ngx_http_billing_figures_enabled,
        ngx_http_billing_figures_catalog, figures);

    if (figures->load == NULL) {
        ngx_http_billing_send_nomem(op);
    }
}


static void
ngx_http_billing_figures_abort(ngx_http_billing_op_t *op)
{
    ngx_http_billing_figures_t *figures;

    figures = op->data;

    if (figures->load != NULL) {
        ngx_http_billing_catalog_cancel(figures->load);
    }

    if (figures->linked != NULL) {
        ngx_http_billing_linked_cancel(figures->linked);
    }

    if (figures->lookup != NULL) {
        ngx_http_billing_cost_cancel(figures->lookup);
    }

    ngx_http_billing_finish(op);
}


static ngx_uint_t
ngx_http_billing_figures_enabled(void *data, ngx_str_t *provider)
{
    ngx_http_billing_figures_t *figures = data;

    ngx_http_billing_provider_conf_t *pc;

    pc = ngx_http_billing_provider_conf(figures->op->bmcf, provider);

    return pc != NULL && pc->enabled;
}


static void
ngx_http_billing_figures_catalog(
    void *data, const ngx_http_billing_catalog_t *catalog)
{
    ngx_http_billing_figures_t *figures = data;

    figures->load = NULL;

    if (catalog == NULL) {
        ngx_http_billing_figures_away(figures->op);
        return;
    }

    figures->catalog = catalog;

    if (figures->lists_read || figures->kept) {
        ngx_http_billing_figures_plan(figures);
        return;
    }

    figures->linked = ngx_http_billing_linked_refresh(figures->op, catalog,
        figures->refresh, ngx_http_billing_figures_asked,
        ngx_http_billing_figures_linked, figures);

    if (figures->linked == NULL) {
        ngx_http_billing_send_nomem(figures->op);
    }
}


static ngx_uint_t
ngx_http_billing_figures_asked(
    void *data, const ngx_http_billing_catalog_account_t *account)
{
    ngx_http_billing_figures_t *figures = data;

    return figures->endpoint->asked(figures, account);
}


static void
ngx_http_billing_figures_linked(void *data, ngx_uint_t changed)
{
    ngx_http_billing_figures_t *figures = data;

    figures->linked = NULL;
    figures->lists_read = 1;

    if (changed) {
        ngx_http_billing_figures_load(figures);
    } else {
        ngx_http_billing_figures_plan(figures);
    }
}


static void
ngx_http_billing_figures_plan(ngx_http_billing_figures_t *figures)
{
    ngx_int_t rc;

    rc = figures->endpoint->plan(figures);

    if (rc == NGX_OK) {
        rc = ngx_http_billing_figures_accounts(figures);
    }

    if (rc == NGX_OK) {
        ngx_http_billing_figures_lookup(figures);

    } else if (rc != NGX_DONE) {
        ngx_http_billing_send_nomem(figures->op);
    }
}


static void
ngx_http_billing_figures_lookup(ngx_http_billing_figures_t *figures)
{
    ngx_uint_t                          i;
    ngx_http_billing_op_t              *op;
    const ngx_http_billing_cost_part_t *part;
    ngx_http_billing_cost_question_t    question;

    op = figures->op;

    for (i = 0; i < figures->nparts; i++) {
        part = &figures->parts[i];
        figures->open[i].first = part->granularity == BILLING_DAILY
                                     ? billing_month_first(part->first)
                                     : part->first;
    }

    ngx_memzero(&question, sizeof(ngx_http_billing_cost_question_t));

    question.domain = op->domain;
    question.accounts = figures->accounts.elts;
    question.naccounts = figures->accounts.nelts;
    question.parts = figures->parts;
    question.nparts = figures->nparts;
    question.now = figures->now;
    question.valid_current = op->blcf->valid_current;
    question.valid_closed = op->blcf->valid_closed;
    question.refresh = figures->refresh;
    question.spent = ngx_current_msec - op->started;
    question.wait = op->stream == NULL ? op->wait : 0;
    question.row = ngx_http_billing_figures_row;
    question.done = ngx_http_billing_figures_done;
    question.open = ngx_http_billing_figures_open;

    if (figures->changes != NULL) {
        question.restated = ngx_http_billing_figures_restated;
    }

    if (figures->explain != NULL) {
        question.explain = ngx_http_billing_figures_block;
    }

    if (op->stream != NULL) {
        question.fleeting = 1;
        question.progress = ngx_http_billing_figures_progress;
    }

    question.data = figures;

    figures->lookup = ngx_http_billing_cost_lookup(op->bmcf->cost, &question);

    if (figures->lookup == NULL) {
        ngx_http_billing_send_nomem(op);
    }
}


static billing_status_t
ngx_http_billing_figures_row(void        *data,
    const ngx_http_billing_cost_origin_t *origin, const billing_row_t *row)
{
    ngx_http_billing_figures_t *figures = data;

    return figures->endpoint->row(figures, origin, row);
}


/* The answer's date is open as soon as it is of one account. */
static void
ngx_http_billing_figures_open(
    void *data, const ngx_http_billing_cost_origin_t *origin, uint32_t dates)
{
    ngx_http_billing_figures_t *figures = data;

    int32_t         first;
    ngx_uint_t      i;
    billing_open_t *open;

    open = &figures->open[origin->part];
    first = figures->parts[origin->part].granularity == BILLING_DAILY
                ? billing_month_first(origin->month)
                : origin->month;

    for (i = 0; i < 32; i++) {
        if (dates >> i & 1) {
            billing_open_set(open, first + (int32_t) i);
        }
    }
}


static void
ngx_http_billing_figures_progress(void *data, ngx_uint_t done, ngx_uint_t total)
{
    ngx_http_billing_figures_t *figures = data;

    ngx_http_billing_stream_progress(figures->op, done, total);
}


static void
ngx_http_billing_figures_done(
    void *data, const ngx_http_billing_cost_result_t *result)
{
    ngx_http_billing_figures_t *figures = data;

    ngx_http_billing_op_t        *op;
    ngx_http_billing_cost_cache_t cache;

    op = figures->op;
    figures->lookup = NULL;

    op->upstream_calls += result->calls;
    cache = result->cache;

    if (cache == NGX_HTTP_BILLING_COST_HIT && op->upstream_calls != 0) {
        cache = NGX_HTTP_BILLING_COST_MISS; /* lists were asked for */
    }

    op->cache_status = ngx_http_billing_cost_cache_names[cache];

    if (ngx_http_billing_figures_problem(op, result->status)) {
        return;
    }

    ngx_http_billing_figures_send(figures, result);
}


/* Redis cannot be read; what a newer version has is no matter of old answers. */
static void
ngx_http_billing_figures_away(ngx_http_billing_op_t *op)
{
    if (op->bmcf->store.newer.len != 0) {
        ngx_http_billing_resource_away(op);
        return;
    }

    if (ngx_http_billing_answers_degraded(op) != NGX_OK) {
        ngx_http_billing_send_problem(
            op, NGX_HTTP_BILLING_STORAGE_UNAVAILABLE, "Redis does not answer");
    }
}


static ngx_uint_t
ngx_http_billing_figures_problem(
    ngx_http_billing_op_t *op, ngx_http_billing_cost_status_t status)
{
    switch (status) {
    case NGX_HTTP_BILLING_COST_OK:
        return 0;

    case NGX_HTTP_BILLING_COST_STORAGE:
        ngx_http_billing_figures_away(op);
        return 1;

    case NGX_HTTP_BILLING_COST_LIMIT:
        ngx_http_billing_send_problem(op, NGX_HTTP_BILLING_INVALID,
            "the answer would have more groups than the service can hold; "
            "ask for fewer dimensions, or filter");
        return 1;

    case NGX_HTTP_BILLING_COST_NOMEM:
    default:
        ngx_http_billing_send_nomem(op);
        return 1;
    }
}


static void
ngx_http_billing_figures_send(ngx_http_billing_figures_t *figures,
    const ngx_http_billing_cost_result_t                 *result)
{
    ngx_uint_t                i;
    billing_buf_t             body;
    billing_status_t          status;
    billing_view_state_t      state;
    ngx_http_billing_op_t    *op;
    ngx_http_billing_answer_t answer;

    op = figures->op;

    state.accounts = result->accounts;
    state.naccounts = figures->accounts.nelts;
    state.today = figures->today;
    state.changes = figures->changes;
    ngx_http_billing_figures_blocks(figures, &state);
    state.open = &figures->open[0];
    state.open_days = &figures->open[1];

    for (i = 0; i < BILLING_VIEW_PARTS; i++) {
        state.parts[i].granularity = figures->parts[i].granularity;
        state.parts[i].first = figures->parts[i].first;
    }

    ngx_memzero(&answer, sizeof(ngx_http_billing_answer_t));
    answer.csv = figures->csv;
    answer.focus = figures->focus;
    answer.stale = result->cache == NGX_HTTP_BILLING_COST_STALE;

    billing_buf_init(&body, NGX_HTTP_BILLING_FIGURES_MAX);
    status = figures->endpoint->view(figures, &state, &body);

    answer.cut = figures->cut;
    answer.begins = op->more != NULL;

    if (answer.begins) {
        ngx_memcpy(answer.tag, figures->tag, NGX_HTTP_BILLING_TAG_LEN);

    } else if (status == BILLING_OK
               && ngx_http_billing_etag_tag(&body, answer.tag) != NGX_OK)
    {
        status = BILLING_NOMEM;
    }

    if (status != BILLING_OK) {
        billing_buf_free(&body);
        ngx_http_billing_send_nomem(op);
        return;
    }

    answer.body.data = (u_char *) body.data;
    answer.body.len = body.len;
    answer.until = ngx_http_billing_figures_until(figures, result, &answer);

    if (answer.until != 0 && !figures->once && !answer.begins) {
        ngx_http_billing_answers_keep(op, &answer);
    }

    ngx_http_billing_answers_send(op, &answer, &body);
}


/*
 * Until when the answer may be kept; also sets what it lacks.  One with old
 * figures is kept for a moment, so that a crowd does not make it anew each
 * time.  0: not even that, for figures are on their way, or are missing and
 * may be had by the next who asks.
 */
static time_t
ngx_http_billing_figures_until(ngx_http_billing_figures_t *figures,
    const ngx_http_billing_cost_result_t                  *result,
    ngx_http_billing_answer_t                             *answer)
{
    time_t                               until;
    ngx_uint_t                           i;
    const billing_view_account_t        *account;
    ngx_http_billing_catalog_account_t **sources;

    sources = figures->sources.elts;
    until = result->fresh_until;

    if (until == 0 && result->cache != NGX_HTTP_BILLING_COST_UPDATING) {
        until = figures->now + NGX_HTTP_BILLING_FIGURES_MOMENT;
    }

    for (i = 0; i < figures->sources.nelts; i++) {
        account = &result->accounts[i];

        if (account->state >= BILLING_STATE_FAILED) {
            answer->incomplete = 1;
        }

        if (account->state == BILLING_STATE_FAILED
            || (account->state == BILLING_STATE_STALE
                && account->fault == NULL))
        {
            until = 0;
        }

        if (account->state == BILLING_STATE_FRESH && sources[i]->linked_all) {
            until = ngx_min(
                until, sources[i]->linked_at + NGX_HTTP_BILLING_LINKED_VALID);
        }
    }

    return until;
}


billing_table_t *
ngx_http_billing_figures_table(
    ngx_http_billing_op_t *op, unsigned ndates, unsigned nkeys)
{
    billing_table_t    *table;
    ngx_pool_cleanup_t *cln;

    cln = ngx_pool_cleanup_add(op->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    table = billing_table_create(ndates, nkeys);
    if (table == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_billing_figures_free;
    cln->data = table;

    return table;
}


static void
ngx_http_billing_figures_free(void *data)
{
    billing_table_free(data);
}

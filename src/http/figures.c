
/*
 * From the catalog to the answer, for every endpoint that shows figures.
 */

#include "http/answers.h"
#include "http/etag.h"
#include "http/figures.h"
#include "http/resource.h"


#define BILLING_FIGURES_MAX    (256 * 1024 * 1024)
#define BILLING_FIGURES_MOMENT 1 /* seconds */


static void       figures_load(billing_figures_t *figures);
static void       figures_abort(billing_op_t *op);
static ngx_uint_t figures_enabled(void *data, ngx_str_t *provider);
static void       figures_catalog(void *data, const billing_catalog_t *catalog);
static ngx_uint_t figures_asked(
    void *data, const billing_catalog_account_t *account);
static void             figures_linked(void *data, ngx_uint_t changed);
static void             figures_plan(billing_figures_t *figures);
static void             figures_lookup(billing_figures_t *figures);
static billing_status_t figures_row(
    void *data, const billing_cost_origin_t *origin, const billing_row_t *row);
static void figures_open(
    void *data, const billing_cost_origin_t *origin, uint32_t dates);
static void figures_progress(void *data, ngx_uint_t done, ngx_uint_t total);
static void figures_done(void *data, const billing_cost_result_t *result);
static void figures_away(billing_op_t *op);
static ngx_uint_t figures_problem(
    billing_op_t *op, billing_cost_status_t status);
static void figures_send(
    billing_figures_t *figures, const billing_cost_result_t *result);
static time_t figures_until(billing_figures_t *figures,
    const billing_cost_result_t *result, billing_answer_t *answer);
static void   figures_free(void *data);


billing_figures_t *
billing_figures_create(
    billing_op_t *op, const billing_figures_endpoint_t *endpoint)
{
    billing_figures_t *figures;

    figures = ngx_pcalloc(op->pool, sizeof(billing_figures_t));

    if (figures == NULL
        || ngx_array_init(&figures->accounts, op->pool, 16,
               sizeof(billing_fetch_account_t))
               != NGX_OK
        || ngx_array_init(&figures->sources, op->pool, 16, sizeof(void *))
               != NGX_OK)
    {
        billing_send_nomem(op);
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
billing_figures_refresh(billing_figures_t *figures, ngx_uint_t refresh)
{
    ngx_str_t     ignored = ngx_string("ignored");
    billing_op_t *op;

    op = figures->op;

    if (!refresh) {
        return NGX_OK;
    }

    if (op->role != BILLING_ADMIN) {
        billing_send_problem(op, BILLING_PROBLEM_FORBIDDEN,
            "only administrators may ask for a refresh");
        return NGX_DONE;
    }

    /* what is kept is found by the query: that of a refresh is no answer to it */
    figures->refresh = op->insists;
    figures->once = 1;

    if (!op->insists
        && billing_send_header(op, "X-Billing-Refresh", &ignored) != NGX_OK)
    {
        billing_send_nomem(op);
        return NGX_DONE;
    }

    return NGX_OK;
}


void
billing_figures_run(billing_figures_t *figures)
{
    figures->op->data = figures;
    figures->op->abort = figures_abort;

    if (billing_answers_op_begin(figures->op) != NGX_OK) {
        billing_send_nomem(figures->op);
        return;
    }

    figures_load(figures);
}


static void
figures_load(billing_figures_t *figures)
{
    billing_op_t *op;

    op = figures->op;

    figures->load = billing_catalog_load(&op->bmcf->store, op->pool,
        &op->domain, figures_enabled, figures_catalog, figures);

    if (figures->load == NULL) {
        billing_send_nomem(op);
    }
}


static void
figures_abort(billing_op_t *op)
{
    billing_figures_t *figures;

    figures = op->data;

    if (figures->load != NULL) {
        billing_catalog_cancel(figures->load);
    }

    if (figures->linked != NULL) {
        billing_linked_cancel(figures->linked);
    }

    if (figures->lookup != NULL) {
        billing_lookup_cancel(figures->lookup);
    }

    billing_op_finish(op);
}


static ngx_uint_t
figures_enabled(void *data, ngx_str_t *provider)
{
    billing_figures_t *figures = data;

    billing_provider_conf_t *pc;

    pc = billing_provider_conf(figures->op->bmcf, provider);

    return pc != NULL && pc->enabled;
}


static void
figures_catalog(void *data, const billing_catalog_t *catalog)
{
    billing_figures_t *figures = data;

    figures->load = NULL;

    if (catalog == NULL) {
        figures_away(figures->op);
        return;
    }

    figures->catalog = catalog;

    if (figures->lists_read || figures->kept) {
        figures_plan(figures);
        return;
    }

    figures->linked = billing_linked_refresh(figures->op, catalog,
        figures->refresh, figures_asked, figures_linked, figures);

    if (figures->linked == NULL) {
        billing_send_nomem(figures->op);
    }
}


static ngx_uint_t
figures_asked(void *data, const billing_catalog_account_t *account)
{
    billing_figures_t *figures = data;

    return figures->endpoint->asked(figures, account);
}


static void
figures_linked(void *data, ngx_uint_t changed)
{
    billing_figures_t *figures = data;

    figures->linked = NULL;
    figures->lists_read = 1;

    if (changed) {
        figures_load(figures);
    } else {
        figures_plan(figures);
    }
}


static void
figures_plan(billing_figures_t *figures)
{
    ngx_int_t rc;

    rc = figures->endpoint->plan(figures);

    if (rc == NGX_OK) {
        rc = billing_figures_accounts(figures);
    }

    if (rc == NGX_OK) {
        figures_lookup(figures);

    } else if (rc != NGX_DONE) {
        billing_send_nomem(figures->op);
    }
}


static void
figures_lookup(billing_figures_t *figures)
{
    ngx_uint_t                 i;
    billing_op_t              *op;
    const billing_cost_part_t *part;
    billing_cost_question_t    question;

    op = figures->op;

    for (i = 0; i < figures->nparts; i++) {
        part = &figures->parts[i];
        figures->open[i].first = part->granularity == BILLING_DAILY
                                     ? billing_month_first(part->first)
                                     : part->first;
    }

    ngx_memzero(&question, sizeof(billing_cost_question_t));

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
    question.row = figures_row;
    question.done = figures_done;
    question.open = figures_open;

    if (figures->changes != NULL) {
        question.restated = billing_figures_changes_restated;
    }

    if (figures->explain != NULL) {
        question.explain = billing_figures_explain_block;
    }

    if (op->stream != NULL) {
        question.fleeting = 1;
        question.progress = figures_progress;
    }

    question.data = figures;

    figures->lookup = billing_lookup(op->bmcf->cost, &question);

    if (figures->lookup == NULL) {
        billing_send_nomem(op);
    }
}


static billing_status_t
figures_row(
    void *data, const billing_cost_origin_t *origin, const billing_row_t *row)
{
    billing_figures_t *figures = data;

    return figures->endpoint->row(figures, origin, row);
}


/* The answer's date is open as soon as it is of one account. */
static void
figures_open(void *data, const billing_cost_origin_t *origin, uint32_t dates)
{
    billing_figures_t *figures = data;

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
figures_progress(void *data, ngx_uint_t done, ngx_uint_t total)
{
    billing_figures_t *figures = data;

    billing_stream_progress(figures->op, done, total);
}


static void
figures_done(void *data, const billing_cost_result_t *result)
{
    billing_figures_t *figures = data;

    billing_op_t        *op;
    billing_cost_cache_t cache;

    op = figures->op;
    figures->lookup = NULL;

    op->upstream_calls += result->calls;
    cache = result->cache;

    if (cache == BILLING_COST_HIT && op->upstream_calls != 0) {
        cache = BILLING_COST_MISS; /* lists were asked for */
    }

    op->cache_status = billing_cost_cache_names[cache];

    if (figures_problem(op, result->status)) {
        return;
    }

    figures_send(figures, result);
}


/* Redis cannot be read; what a newer version has is no matter of old answers. */
static void
figures_away(billing_op_t *op)
{
    if (op->bmcf->store.newer.len != 0) {
        billing_resource_away(op);
        return;
    }

    if (billing_answers_op_degraded(op) != NGX_OK) {
        billing_send_problem(
            op, BILLING_PROBLEM_STORAGE_UNAVAILABLE, "Redis does not answer");
    }
}


static ngx_uint_t
figures_problem(billing_op_t *op, billing_cost_status_t status)
{
    switch (status) {
    case BILLING_COST_OK:
        return 0;

    case BILLING_COST_STORAGE:
        figures_away(op);
        return 1;

    case BILLING_COST_LIMIT:
        billing_send_problem(op, BILLING_PROBLEM_INVALID,
            "the answer would have more groups than the service can hold; "
            "ask for fewer dimensions, or filter");
        return 1;

    case BILLING_COST_NOMEM:
    default:
        billing_send_nomem(op);
        return 1;
    }
}


static void
figures_send(billing_figures_t *figures, const billing_cost_result_t *result)
{
    ngx_uint_t           i;
    billing_buf_t        body;
    billing_status_t     status;
    billing_view_state_t state;
    billing_op_t        *op;
    billing_answer_t     answer;

    op = figures->op;

    state.accounts = result->accounts;
    state.naccounts = figures->accounts.nelts;
    state.today = figures->today;
    state.changes = figures->changes;
    billing_figures_explain_blocks(figures, &state);
    state.open = &figures->open[0];
    state.open_days = &figures->open[1];

    for (i = 0; i < BILLING_VIEW_PARTS; i++) {
        state.parts[i].granularity = figures->parts[i].granularity;
        state.parts[i].first = figures->parts[i].first;
    }

    ngx_memzero(&answer, sizeof(billing_answer_t));
    answer.csv = figures->csv;
    answer.focus = figures->focus;
    answer.stale = result->cache == BILLING_COST_STALE;

    billing_buf_init(&body, BILLING_FIGURES_MAX);
    status = figures->endpoint->view(figures, &state, &body);

    answer.cut = figures->cut;
    answer.begins = op->more != NULL;

    if (answer.begins) {
        ngx_memcpy(answer.tag, figures->tag, BILLING_TAG_LEN);

    } else if (status == BILLING_OK
               && billing_etag_tag(&body, answer.tag) != NGX_OK)
    {
        status = BILLING_NOMEM;
    }

    if (status != BILLING_OK) {
        billing_buf_free(&body);
        billing_send_nomem(op);
        return;
    }

    answer.body.data = (u_char *) body.data;
    answer.body.len = body.len;
    answer.until = figures_until(figures, result, &answer);

    if (answer.until != 0 && !figures->once && !answer.begins) {
        billing_answers_op_keep(op, &answer);
    }

    billing_answers_op_send(op, &answer, &body);
}


/*
 * Until when the answer may be kept; also sets what it lacks.  One with old
 * figures is kept for a moment, so that a crowd does not make it anew each
 * time.  0: not even that, for figures are on their way, or are missing and
 * may be had by the next who asks.
 */
static time_t
figures_until(billing_figures_t *figures, const billing_cost_result_t *result,
    billing_answer_t *answer)
{
    time_t                        until;
    ngx_uint_t                    i;
    const billing_view_account_t *account;
    billing_catalog_account_t   **sources;

    sources = figures->sources.elts;
    until = result->fresh_until;

    if (until == 0 && result->cache != BILLING_COST_UPDATING) {
        until = figures->now + BILLING_FIGURES_MOMENT;
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
                until, sources[i]->linked_at + BILLING_LINKED_VALID);
        }
    }

    return until;
}


billing_table_t *
billing_figures_table(billing_op_t *op, unsigned ndates, unsigned nkeys)
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

    cln->handler = figures_free;
    cln->data = table;

    return table;
}


static void
figures_free(void *data)
{
    billing_table_free(data);
}

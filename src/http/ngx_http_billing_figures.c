
/*
 * From the catalog to the answer, for every endpoint that shows figures.
 */

#include "http/ngx_http_billing_answers.h"
#include "http/ngx_http_billing_etag.h"
#include "http/ngx_http_billing_figures.h"
#include "http/ngx_http_billing_rest.h"


#define NGX_HTTP_BILLING_FIGURES_MAX    (256 * 1024 * 1024)
#define NGX_HTTP_BILLING_FIGURES_MOMENT 1 /* seconds */

/* linked accounts that a question leaves out, at most */
#define NGX_HTTP_BILLING_FIGURES_EXCLUDED 1000


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
static ngx_int_t ngx_http_billing_figures_accounts(
    ngx_http_billing_figures_t *figures);
static ngx_int_t ngx_http_billing_figures_fill(
    const ngx_http_billing_figures_t         *figures,
    const ngx_http_billing_catalog_account_t *source,
    ngx_http_billing_cost_account_t          *account);
static ngx_int_t ngx_http_billing_figures_all(
    const ngx_http_billing_figures_t         *figures,
    const ngx_http_billing_catalog_account_t *source,
    ngx_http_billing_cost_account_t          *account);
static ngx_uint_t ngx_http_billing_figures_foreign(
    const ngx_http_billing_catalog_account_t *source, const ngx_str_t *linked);
static ngx_uint_t ngx_http_billing_figures_same(
    const char *one, const char *two);
static const char *ngx_http_billing_figures_cloud(
    const ngx_http_billing_figures_t         *figures,
    const ngx_http_billing_catalog_account_t *account, ngx_uint_t together);
static const billing_fault_t *ngx_http_billing_figures_fault(
    const ngx_http_billing_figures_t         *figures,
    const ngx_http_billing_catalog_account_t *source);
static void ngx_http_billing_figures_lookup(
    ngx_http_billing_figures_t *figures);
static billing_status_t ngx_http_billing_figures_row(void *data,
    const ngx_http_billing_cost_origin_t *origin, const billing_row_t *row);
static void             ngx_http_billing_figures_progress(
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
               sizeof(ngx_http_billing_cost_account_t))
               != NGX_OK
        || ngx_array_init(&figures->sources, op->pool, 16, sizeof(void *))
               != NGX_OK)
    {
        ngx_http_billing_figures_nomem(op);
        return NULL;
    }

    figures->op = op;
    figures->endpoint = endpoint;
    figures->now = ngx_time();
    figures->today = billing_day_of(figures->now);

    return figures;
}


void
ngx_http_billing_figures_run(ngx_http_billing_figures_t *figures)
{
    figures->op->data = figures;
    figures->op->abort = ngx_http_billing_figures_abort;

    if (ngx_http_billing_answers_begin(figures->op) != NGX_OK) {
        ngx_http_billing_figures_nomem(figures->op);
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
        ngx_http_billing_figures_nomem(op);
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

    if (figures->listed) {
        ngx_http_billing_figures_plan(figures);
        return;
    }

    figures->linked = ngx_http_billing_linked_refresh(figures->op, catalog,
        figures->refresh, ngx_http_billing_figures_asked,
        ngx_http_billing_figures_linked, figures);

    if (figures->linked == NULL) {
        ngx_http_billing_figures_nomem(figures->op);
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
    figures->listed = 1;

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
        ngx_http_billing_figures_nomem(figures->op);
    }
}


static ngx_int_t
ngx_http_billing_figures_accounts(ngx_http_billing_figures_t *figures)
{
    ngx_uint_t                                 i;
    ngx_http_billing_cost_account_t           *account;
    const ngx_http_billing_catalog_account_t  *source;
    const ngx_http_billing_catalog_account_t **slot;

    for (i = 0; i < figures->catalog->naccounts; i++) {
        source = &figures->catalog->accounts[i];

        if (!figures->endpoint->asked(figures, source)) {
            continue;
        }

        account = ngx_array_push(&figures->accounts);
        slot = ngx_array_push(&figures->sources);

        if (account == NULL || slot == NULL) {
            return NGX_ERROR;
        }

        *slot = source;

        if (ngx_http_billing_figures_fill(figures, source, account) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * An account whose list of linked accounts was never read cannot be asked
 * for; that must not look like no costs.  Nor may a list that could not be
 * read again look like today's.
 */
static ngx_int_t
ngx_http_billing_figures_fill(const ngx_http_billing_figures_t *figures,
    const ngx_http_billing_catalog_account_t                   *source,
    ngx_http_billing_cost_account_t                            *account)
{
    ngx_memzero(account, sizeof(ngx_http_billing_cost_account_t));

    account->id = source->id;
    account->provider = source->provider;
    account->credential = source->credential;
    account->version = source->credential_version;
    account->linked = source->linked;
    account->nlinked = source->nlinked;
    account->linked_at = source->linked_at;
    account->enabled = source->enabled;
    account->gone = source->gone;
    account->ngone = source->ngone;
    account->state = source->state;
    account->reason = source->reason;
    account->since = source->reason_since;

    /*
     * With an account whose list has gone, or most of it, the costs may have,
     * too: what is kept serves, and nothing is asked for.
     */

    if ((source->linked_at == 0 && source->nlinked == 0)
        || source->reason == BILLING_REASON_LIST_EMPTY
        || source->reason == BILLING_REASON_LIST_SHRUNK)
    {
        account->fault = ngx_http_billing_figures_fault(figures, source);
        account->outdated = source->nlinked == 0 ? NULL : account->fault;

    } else if (source->linked_all
               && figures->now - source->linked_at
                      >= NGX_HTTP_BILLING_LINKED_VALID)
    {
        account->outdated = ngx_http_billing_figures_fault(figures, source);
    }

    return ngx_http_billing_figures_all(figures, source, account);
}


/*
 * Where the provider can, credentials for all linked accounts ask for all of
 * them, and leave out what other service accounts have: what stands in the list
 * and is another's, and what is registered by its own name, since it may have
 * joined.
 */
static ngx_int_t
ngx_http_billing_figures_all(const ngx_http_billing_figures_t *figures,
    const ngx_http_billing_catalog_account_t                  *source,
    ngx_http_billing_cost_account_t                           *account)
{
    ngx_uint_t                                i, j;
    ngx_str_t                                *excluded;
    ngx_array_t                               list;
    const char                               *cloud;
    const ngx_http_billing_catalog_account_t *other;

    cloud = ngx_http_billing_figures_cloud(figures, source, 1);

    if (!source->linked_all || cloud == NULL) {
        return NGX_OK;
    }

    if (ngx_array_init(&list, figures->op->pool, 16, sizeof(ngx_str_t))
        != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < figures->catalog->naccounts; i++) {
        other = &figures->catalog->accounts[i];

        if (other == source
            || !ngx_http_billing_figures_same(
                cloud, ngx_http_billing_figures_cloud(figures, other, 0)))
        {
            continue;
        }

        for (j = 0; j < other->nlinked; j++) {
            if (other->linked_all
                && !ngx_http_billing_figures_foreign(source, &other->linked[j]))
            {
                continue;
            }

            if (list.nelts == NGX_HTTP_BILLING_FIGURES_EXCLUDED) {
                return NGX_OK; /* too long: by the list */
            }

            excluded = ngx_array_push(&list);
            if (excluded == NULL) {
                return NGX_ERROR;
            }

            *excluded = other->linked[j];
        }
    }

    account->all = 1;
    account->excluded = list.elts;
    account->nexcluded = list.nelts;

    return NGX_OK;
}


static ngx_uint_t
ngx_http_billing_figures_foreign(
    const ngx_http_billing_catalog_account_t *source, const ngx_str_t *linked)
{
    ngx_uint_t i;

    for (i = 0; i < source->nforeign; i++) {
        if (source->foreign[i].len == linked->len
            && ngx_memcmp(source->foreign[i].data, linked->data, linked->len)
                   == 0)
        {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_billing_figures_same(const char *one, const char *two)
{
    return two != NULL && ngx_strcmp(one, two) == 0;
}


/* NULL where questions are not for all at once. */
static const char *
ngx_http_billing_figures_cloud(const ngx_http_billing_figures_t *figures,
    const ngx_http_billing_catalog_account_t *account, ngx_uint_t together)
{
    ngx_str_t                         id;
    ngx_http_billing_provider_conf_t *pc;

    id = account->provider;
    pc = ngx_http_billing_provider_conf(figures->op->bmcf, &id);

    return pc == NULL || (together && !pc->provider->together)
               ? NULL
               : pc->provider->cloud;
}


/* Why the list of linked accounts could not be read. */
static const billing_fault_t *
ngx_http_billing_figures_fault(const ngx_http_billing_figures_t *figures,
    const ngx_http_billing_catalog_account_t                    *source)
{
    ngx_http_billing_credential_t credential;

    ngx_http_billing_catalog_credential(
        source, &figures->op->domain, &credential);

    if (ngx_http_billing_credential_bad(&figures->op->bmcf->store, &credential))
    {
        return &billing_fault_sealed;
    }

    return billing_fault(source->state.len == sizeof("rejected") - 1
                             ? BILLING_REJECTED
                             : BILLING_UNAVAILABLE,
        source->reason);
}


static void
ngx_http_billing_figures_lookup(ngx_http_billing_figures_t *figures)
{
    ngx_http_billing_op_t           *op;
    ngx_http_billing_cost_question_t question;

    op = figures->op;

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
    question.row = ngx_http_billing_figures_row;
    question.done = ngx_http_billing_figures_done;

    if (figures->changes != NULL) {
        question.restated = ngx_http_billing_figures_restated;
    }

    if (op->stream != NULL) {
        question.fleeting = 1;
        question.progress = ngx_http_billing_figures_progress;
    }

    question.data = figures;

    figures->lookup = ngx_http_billing_cost_lookup(op->bmcf->cost, &question);

    if (figures->lookup == NULL) {
        ngx_http_billing_figures_nomem(op);
    }
}


const ngx_http_billing_catalog_account_t *
ngx_http_billing_figures_source(ngx_http_billing_figures_t *figures,
    const ngx_http_billing_cost_origin_t                   *origin)
{
    const ngx_http_billing_catalog_account_t **sources;

    sources = figures->sources.elts;

    return sources[origin->account];
}


static billing_status_t
ngx_http_billing_figures_row(void        *data,
    const ngx_http_billing_cost_origin_t *origin, const billing_row_t *row)
{
    ngx_http_billing_figures_t *figures = data;

    return figures->endpoint->row(figures, origin, row);
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
        ngx_http_billing_rest_away(op);
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

    default:
        ngx_http_billing_figures_nomem(op);
        return 1;
    }
}


static void
ngx_http_billing_figures_send(ngx_http_billing_figures_t *figures,
    const ngx_http_billing_cost_result_t                 *result)
{
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

    ngx_memzero(&answer, sizeof(ngx_http_billing_answer_t));
    answer.csv = figures->csv;
    answer.focus = figures->focus;
    answer.stale = result->cache == NGX_HTTP_BILLING_COST_STALE;

    billing_buf_init(&body, NGX_HTTP_BILLING_FIGURES_MAX);
    status = figures->endpoint->view(figures, &state, &body);

    answer.cut = figures->cut;
    answer.part = op->more != NULL;

    if (answer.part) {
        ngx_memcpy(answer.tag, figures->tag, NGX_HTTP_BILLING_TAG_LEN);

    } else if (status == BILLING_OK
               && ngx_http_billing_etag_tag(&body, answer.tag) != NGX_OK)
    {
        status = BILLING_NOMEM;
    }

    if (status != BILLING_OK) {
        billing_buf_free(&body);
        ngx_http_billing_figures_nomem(op);
        return;
    }

    answer.body.data = (u_char *) body.data;
    answer.body.len = body.len;
    answer.until = ngx_http_billing_figures_until(figures, result, &answer);

    if (answer.until != 0 && !figures->refresh && !answer.part) {
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


void
ngx_http_billing_figures_nomem(ngx_http_billing_op_t *op)
{
    ngx_http_billing_send_problem(
        op, NGX_HTTP_BILLING_INTERNAL, "out of memory");
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


/*
 * GET costs: costs of what the caller may see, grouped, filtered, sorted; and
 * GET costs/stream: the same, with how far it is.
 */

#include "http/figures.h"


typedef struct {
    billing_query_t *query; /* the operation's */
    billing_table_t *table;
} billing_costs_t;


static void             api_costs_run(billing_op_t *op, ngx_uint_t stream);
static billing_costs_t *api_costs_parse(billing_op_t *op, ngx_uint_t stream);
static billing_status_t api_costs_format(
    const billing_query_t *query, billing_errors_t *errors);
static ngx_int_t  api_costs_plan(billing_figures_t *figures);
static ngx_uint_t api_costs_asked(
    billing_figures_t *figures, const billing_catalog_account_t *account);
static ngx_uint_t       api_costs_restated(const billing_costs_t *costs);
static billing_status_t api_costs_row(billing_figures_t *figures,
    const billing_cost_origin_t *origin, const billing_row_t *row);
static billing_status_t api_costs_view(billing_figures_t *figures,
    const billing_view_state_t *state, billing_buf_t *out);


static const billing_figures_endpoint_t api_costs_endpoint = {
    api_costs_asked,
    api_costs_plan,
    api_costs_row,
    api_costs_view,
};


void
billing_api_costs(billing_op_t *op)
{
    api_costs_run(op, 0);
}


/* Whoever has seen an end and comes back is told to stay away. */
void
billing_api_costs_stream(billing_op_t *op)
{
    if (op->last_event_id.len != 0) {
        billing_send_empty(op, NGX_HTTP_NO_CONTENT);
        return;
    }

    api_costs_run(op, 1);
}


static void
api_costs_run(billing_op_t *op, ngx_uint_t stream)
{
    ngx_int_t          rc;
    billing_costs_t   *costs;
    billing_figures_t *figures;

    figures = billing_figures_create(op, &api_costs_endpoint);
    if (figures == NULL) {
        return;
    }

    costs = api_costs_parse(op, stream);
    if (costs == NULL) {
        return;
    }

    if (billing_figures_refresh(figures, costs->query->refresh) != NGX_OK
        || billing_figures_explain(figures, costs->query->explain) != NGX_OK)
    {
        return;
    }

    costs->table = billing_figures_table(
        op, billing_query_dates(costs->query), costs->query->ngroup_by);

    rc = stream && costs->table != NULL ? billing_stream(op) : NGX_OK;

    if (rc == NGX_DONE) {
        return;
    }

    if (costs->table == NULL || rc != NGX_OK) {
        billing_send_nomem(op);
        return;
    }

    figures->data = costs;
    figures->csv = costs->query->format != BILLING_FORMAT_JSON;
    figures->focus = costs->query->format == BILLING_FORMAT_FOCUS;

    billing_figures_run(figures);
}


/* NULL: a problem was sent. */
static billing_costs_t *
api_costs_parse(billing_op_t *op, ngx_uint_t stream)
{
    billing_status_t status;
    billing_costs_t *costs;

    costs = ngx_pcalloc(op->pool, sizeof(billing_costs_t));
    status = costs == NULL ? BILLING_NOMEM : op->query->status;

    if (status == BILLING_OK && stream) {
        status = api_costs_format(&op->query->query, &op->query->errors);
    }

    if (status == BILLING_OK) {
        costs->query = &op->query->query;
        return costs;
    }

    if (status == BILLING_INVALID) {
        billing_send_errors(op, BILLING_PROBLEM_INVALID, &op->query->errors,
            "the query is not valid");
        return NULL;
    }

    billing_send_nomem(op);

    return NULL;
}


/* The last event of a stream is a JSON document. */
static billing_status_t
api_costs_format(const billing_query_t *query, billing_errors_t *errors)
{
    if (query->format == BILLING_FORMAT_JSON) {
        return BILLING_OK;
    }

    billing_errors_add(
        errors, "/format", "enum", "The format of a stream must be json.");

    return BILLING_INVALID;
}


static ngx_int_t
api_costs_plan(billing_figures_t *figures)
{
    billing_query_t     *query;
    billing_cost_part_t *part;

    query = ((billing_costs_t *) figures->data)->query;
    part = &figures->parts[0];
    figures->nparts = 1;

    part->granularity = query->granularity;
    part->first = query->start;
    part->last = query->end;

    if (query->granularity == BILLING_DAILY) {
        part->first = billing_month_of(query->start);
        part->last = billing_month_of(query->end);
    }

    part->filters = billing_query_filtered(query);
    part->dims = billing_query_grouped(query) | part->filters;
    part->fields = 1 << billing_block_field(part->dims);

    /* a file tells charges where they cost no calls of their own */
    if (query->format == BILLING_FORMAT_FOCUS) {
        part->dims = part->filters;

        if (part->filters & BILLING_BLOCK_CHARGE) {
            part->dims |= billing_query_grouped(query);
        }
    }

    return api_costs_restated(figures->data)
               ? billing_figures_changes(figures, query->currency)
               : NGX_OK;
}


/*
 * It is known of an account and a month how much they changed.  Of a part of
 * it nothing is said, rather than something wrong.
 */
static ngx_uint_t
api_costs_restated(const billing_costs_t *costs)
{
    const billing_query_t *query;

    query = costs->query;

    return query->granularity == BILLING_MONTHLY
           && query->format == BILLING_FORMAT_JSON
           && billing_query_filtered(query) == 0;
}


/* A filter that names what is not there, or is hidden, matches nothing. */
static ngx_uint_t
api_costs_asked(
    billing_figures_t *figures, const billing_catalog_account_t *account)
{
    ngx_str_t        project;
    billing_query_t *query;

    query = ((billing_costs_t *) figures->data)->query;
    project = account->project_id;

    return billing_identity_visible(figures->op, &project)
           && billing_query_asks(query, &account->source);
}


static billing_status_t
api_costs_row(billing_figures_t *figures, const billing_cost_origin_t *origin,
    const billing_row_t *row)
{
    int32_t                          date;
    billing_str_t                    key[BILLING_QUERY_MAX_GROUP_BY];
    billing_query_t                 *query;
    billing_costs_t                 *costs;
    const billing_catalog_account_t *account;

    costs = figures->data;
    query = costs->query;

    date = origin->month;
    if (query->granularity == BILLING_DAILY) {
        date = billing_month_first(origin->month) + row->date;
    }

    if (date < query->start || date > query->end
        || !billing_query_takes(query, row))
    {
        return BILLING_OK;
    }

    account = billing_figures_accounts_source(figures, origin);
    billing_query_key(query, &account->source, row, key);

    return billing_table_add(
        costs->table, row->currency, key, date - query->start, row->amount);
}


static billing_status_t
api_costs_view(billing_figures_t *figures, const billing_view_state_t *state,
    billing_buf_t *out)
{
    billing_query_t *query;
    billing_status_t status;
    billing_costs_t *costs;

    costs = figures->data;
    query = costs->query;

    if (query->format != BILLING_FORMAT_JSON) {
        return billing_figures_file(figures, query, costs->table, state, out);
    }

    status = billing_table_finish(
        costs->table, query->sort_date, query->sort_desc, query->limit);
    if (status != BILLING_OK) {
        return status;
    }

    return billing_view_costs(query, costs->table, state, out);
}


/*
 * GET dashboard, GET projects/{id}/dashboard: one answer for one page.
 *
 * The months come from monthly blocks, whose service and region fields give
 * all of the breakdowns; the days and the comparison of this month with the
 * last come from the daily blocks of these two.
 */

#include "http/figures.h"


#define BILLING_DASHBOARD_MONTHS 12
#define BILLING_DASHBOARD_DAYS   14
#define BILLING_DASHBOARD_TOP    10


typedef struct {
    billing_table_t *monthly;
    billing_table_t *daily;
    billing_table_t *to_date;
    billing_table_t *by_service;
    billing_table_t *by_region;
    billing_table_t *by_project; /* NULL: of one project only */
    billing_table_t *by_account;
    json_t          *scope;
    billing_month_t  first_month;
    billing_day_t    first_day;
    billing_day_t    this_days[2];
    billing_day_t    last_days[2];
    unsigned         project : 1; /* op->id is one */
    unsigned         compared : 1;
} billing_api_dashboard_t;


static void      api_dashboard_run(billing_op_t *op, ngx_uint_t project);
static ngx_int_t api_dashboard_args(billing_figures_t *figures);
static ngx_int_t api_dashboard_tables(
    billing_op_t *op, billing_api_dashboard_t *dashboard);
static void       api_dashboard_free(void *data);
static ngx_uint_t api_dashboard_asked(
    billing_figures_t *figures, const billing_catalog_account_t *account);
static ngx_int_t        api_dashboard_plan(billing_figures_t *figures);
static ngx_int_t        api_dashboard_scope(billing_figures_t *figures);
static void             api_dashboard_parts(billing_figures_t *figures);
static billing_status_t api_dashboard_row(billing_figures_t *figures,
    const billing_cost_origin_t *origin, const billing_row_t *row);
static billing_status_t api_dashboard_month(billing_api_dashboard_t *dashboard,
    const billing_catalog_account_t *account, unsigned date,
    const billing_row_t *row);
static billing_status_t api_dashboard_day(billing_api_dashboard_t *dashboard,
    billing_day_t day, const billing_row_t *row);
static billing_status_t api_dashboard_view(billing_figures_t *figures,
    const billing_view_state_t *state, billing_buf_t *out);


static const billing_figures_endpoint_t api_dashboard_endpoint = {
    api_dashboard_asked,
    api_dashboard_plan,
    api_dashboard_row,
    api_dashboard_view,
};


void
billing_api_dashboard(billing_op_t *op)
{
    api_dashboard_run(op, 0);
}


void
billing_api_project_dashboard(billing_op_t *op)
{
    api_dashboard_run(op, 1);
}


static void
api_dashboard_run(billing_op_t *op, ngx_uint_t project)
{
    ngx_pool_cleanup_t      *cln;
    billing_api_dashboard_t *dashboard;
    billing_figures_t       *figures;

    figures = billing_figures_create(op, &api_dashboard_endpoint);
    if (figures == NULL) {
        return;
    }

    if (api_dashboard_args(figures) != NGX_OK) {
        return;
    }

    dashboard = ngx_pcalloc(op->pool, sizeof(billing_api_dashboard_t));
    cln = ngx_pool_cleanup_add(op->pool, 0);

    if (dashboard == NULL || cln == NULL) {
        billing_send_nomem(op);
        return;
    }

    cln->handler = api_dashboard_free;
    cln->data = dashboard;

    dashboard->project = project;
    dashboard->first_month = billing_month_of(figures->today) + 1
                             - BILLING_DASHBOARD_MONTHS;
    dashboard->first_day = figures->today + 1 - BILLING_DASHBOARD_DAYS;
    dashboard->compared = billing_view_compared(
        figures->today, dashboard->this_days, dashboard->last_days);

    if (api_dashboard_tables(op, dashboard) != NGX_OK
        || billing_figures_changes(figures, billing_str("")) != NGX_OK)
    {
        billing_send_nomem(op);
        return;
    }

    figures->data = dashboard;
    billing_figures_run(figures);
}


/* The only argument is "refresh".  NGX_DONE: a problem was sent. */
static ngx_int_t
api_dashboard_args(billing_figures_t *figures)
{
    void            *memory;
    ngx_uint_t       refresh;
    billing_arg_t    arg;
    billing_status_t status;
    billing_errors_t errors;
    billing_op_t    *op;

    op = figures->op;

    ngx_memzero(&arg, sizeof(billing_arg_t));
    arg.name = "refresh";
    memory = NULL;

    billing_errors_init(&errors);
    status = billing_args_parse(
        billing_str_of(&op->args), &arg, 1, &memory, &errors);

    refresh = 0;

    if (status == BILLING_OK && arg.given) {
        refresh = billing_str_eq(arg.value, billing_str("true"));

        if (!refresh && !billing_str_eq(arg.value, billing_str("false"))) {
            billing_errors_add(
                &errors, "/refresh", "enum", "must be \"true\" or \"false\"");
            status = BILLING_INVALID;
        }
    }

    free(memory);

    if (status == BILLING_INVALID) {
        billing_send_errors(
            op, BILLING_PROBLEM_INVALID, &errors, "the query is not valid");
        return NGX_DONE;
    }

    billing_errors_free(&errors);

    if (status != BILLING_OK) {
        billing_send_nomem(op);
        return NGX_DONE;
    }

    return billing_figures_refresh(figures, refresh);
}


static ngx_int_t
api_dashboard_tables(billing_op_t *op, billing_api_dashboard_t *dashboard)
{
    ngx_uint_t i;

    struct {
        billing_table_t **table;
        unsigned          ndates;
        unsigned          nkeys;
    } all[] = {
        { &dashboard->monthly, BILLING_DASHBOARD_MONTHS, 0 },
        { &dashboard->daily, BILLING_DASHBOARD_DAYS, 0 },
        { &dashboard->to_date, 2, 0 },
        { &dashboard->by_service, BILLING_DASHBOARD_MONTHS, 1 },
        { &dashboard->by_region, BILLING_DASHBOARD_MONTHS, 1 },
        { &dashboard->by_account, BILLING_DASHBOARD_MONTHS, 1 },
        { &dashboard->by_project, BILLING_DASHBOARD_MONTHS, 1 },
    };

    for (i = 0; i < sizeof(all) / sizeof(all[0]) - dashboard->project; i++) {
        *all[i].table = billing_figures_table(op, all[i].ndates, all[i].nkeys);

        if (*all[i].table == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static void
api_dashboard_free(void *data)
{
    billing_api_dashboard_t *dashboard = data;

    json_decref(dashboard->scope);
}


static ngx_uint_t
api_dashboard_asked(
    billing_figures_t *figures, const billing_catalog_account_t *account)
{
    ngx_str_t                project_id;
    billing_op_t            *op;
    billing_api_dashboard_t *dashboard;

    op = figures->op;
    dashboard = figures->data;
    project_id = account->project_id;

    return billing_identity_visible(op, &project_id)
           && (!dashboard->project
               || billing_str_eq(
                   billing_str_of(&op->id), billing_str_of(&project_id)));
}


static ngx_int_t
api_dashboard_plan(billing_figures_t *figures)
{
    ngx_int_t rc;

    rc = api_dashboard_scope(figures);

    if (rc == NGX_OK) {
        api_dashboard_parts(figures);
    }

    return rc;
}


static ngx_int_t
api_dashboard_scope(billing_figures_t *figures)
{
    billing_op_t                 *op;
    billing_api_dashboard_t      *dashboard;
    const billing_catalog_node_t *project;

    op = figures->op;
    dashboard = figures->data;

    if (!dashboard->project) {
        dashboard->scope = json_pack("{s:s, s:s%}", "kind", "domain", "id",
            op->domain.data, op->domain.len);

        return dashboard->scope == NULL ? NGX_ERROR : NGX_OK;
    }

    project = billing_catalog_find(
        figures->catalog->projects, figures->catalog->nprojects, &op->id);

    if (project != NULL && billing_identity_visible(op, &op->id)) {
        dashboard->scope = json_pack("{s:s, s:s%, s:s%}", "kind", "project",
            "id", project->id.data, project->id.len, "name", project->name.data,
            project->name.len);

        return dashboard->scope == NULL ? NGX_ERROR : NGX_OK;
    }

    billing_send_problem(
        op, BILLING_PROBLEM_NOT_FOUND, "there is no such project");

    return NGX_DONE;
}


static void
api_dashboard_parts(billing_figures_t *figures)
{
    billing_cost_part_t *part;

    part = &figures->parts[0];
    part->granularity = BILLING_MONTHLY;
    part->last = billing_month_of(figures->today);
    part->first = part->last + 1 - BILLING_DASHBOARD_MONTHS;
    part->fields = (1 << BILLING_FIELD_SERVICE) | (1 << BILLING_FIELD_REGION);

    part = &figures->parts[1];
    part->granularity = BILLING_DAILY;
    part->last = billing_month_of(figures->today);
    part->first = part->last - 1;
    part->fields = 1 << BILLING_FIELD_TOTAL;

    figures->nparts = 2;
}


static billing_status_t
api_dashboard_row(billing_figures_t *figures,
    const billing_cost_origin_t *origin, const billing_row_t *row)
{
    unsigned                 date;
    billing_api_dashboard_t *dashboard;

    dashboard = figures->data;

    if (origin->part == 1) {
        return api_dashboard_day(
            dashboard, billing_month_first(origin->month) + row->date, row);
    }

    date = origin->month - dashboard->first_month;

    if (origin->field == BILLING_FIELD_REGION) {
        return billing_table_add(dashboard->by_region, row->currency,
            &row->region, date, row->amount);
    }

    return api_dashboard_month(
        dashboard, billing_figures_accounts_source(figures, origin), date, row);
}


static billing_status_t
api_dashboard_month(billing_api_dashboard_t *dashboard,
    const billing_catalog_account_t *account, unsigned date,
    const billing_row_t *row)
{
    billing_str_t    project, id;
    billing_status_t status;

    project = billing_str_of(&account->project_id);
    id = billing_str_of(&account->id);

    status = billing_table_add(
        dashboard->monthly, row->currency, NULL, date, row->amount);

    if (status == BILLING_OK) {
        status = billing_table_add(dashboard->by_service, row->currency,
            &row->service, date, row->amount);
    }

    if (status == BILLING_OK) {
        status = billing_table_add(
            dashboard->by_account, row->currency, &id, date, row->amount);
    }

    if (status == BILLING_OK && dashboard->by_project != NULL) {
        status = billing_table_add(
            dashboard->by_project, row->currency, &project, date, row->amount);
    }

    return status;
}


static billing_status_t
api_dashboard_day(billing_api_dashboard_t *dashboard, billing_day_t day,
    const billing_row_t *row)
{
    billing_status_t status;

    status = BILLING_OK;

    if (day >= dashboard->first_day
        && day < dashboard->first_day + BILLING_DASHBOARD_DAYS)
    {
        status = billing_table_add(dashboard->daily, row->currency, NULL,
            day - dashboard->first_day, row->amount);
    }

    if (status != BILLING_OK || !dashboard->compared) {
        return status;
    }

    if (day >= dashboard->this_days[0] && day <= dashboard->this_days[1]) {
        return billing_table_add(
            dashboard->to_date, row->currency, NULL, 0, row->amount);
    }

    if (day >= dashboard->last_days[0] && day <= dashboard->last_days[1]) {
        return billing_table_add(
            dashboard->to_date, row->currency, NULL, 1, row->amount);
    }

    return BILLING_OK;
}


static billing_status_t
api_dashboard_view(billing_figures_t *figures,
    const billing_view_state_t *state, billing_buf_t *out)
{
    ngx_uint_t               i;
    billing_status_t         status;
    billing_dashboard_t      shown;
    billing_api_dashboard_t *dashboard;

    dashboard = figures->data;

    billing_table_t *tables[] = {
        dashboard->monthly,
        dashboard->daily,
        dashboard->to_date,
        dashboard->by_service,
        dashboard->by_region,
        dashboard->by_account,
        dashboard->by_project,
    };

    for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        if (tables[i] == NULL) {
            continue;
        }

        status = billing_table_finish(
            tables[i], BILLING_SORT_MAGNITUDE, 1, BILLING_DASHBOARD_TOP);
        if (status != BILLING_OK) {
            return status;
        }
    }

    shown.scope = dashboard->scope;
    shown.monthly = dashboard->monthly;
    shown.daily = dashboard->daily;
    shown.to_date = dashboard->to_date;
    shown.by_service = dashboard->by_service;
    shown.by_region = dashboard->by_region;
    shown.by_project = dashboard->by_project;
    shown.by_account = dashboard->by_account;

    return billing_view_dashboard(&shown, state, out);
}

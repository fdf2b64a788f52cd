
/*
 * A dashboard in JSON, from seven tables.  Each has the currencies of its own
 * span of time, so all are walked together in the order of the codes; in a
 * table that lacks a currency it has cost nothing.
 */

#include "core/view_parts.h"


#define BILLING_VIEW_MONTHS 12
#define BILLING_VIEW_DAYS   14


/* The tables; from BILLING_VIEW_LISTS on those that are lists of groups. */
enum {
    BILLING_VIEW_MONTHLY = 0,
    BILLING_VIEW_DAILY,
    BILLING_VIEW_TO_DATE,
    BILLING_VIEW_LISTS,
    BILLING_VIEW_BY_ACCOUNT = BILLING_VIEW_LISTS + 3,
    BILLING_VIEW_TABLES
};


typedef struct {
    billing_json_t            w;
    billing_day_t             today;
    const billing_open_t     *open;
    const billing_open_t     *open_days;
    const billing_table_t    *tables[BILLING_VIEW_TABLES];
    const billing_currency_t *next[BILLING_VIEW_TABLES];
    unsigned                  left[BILLING_VIEW_TABLES];
} billing_view_page_t;


static const struct {
    const char   *name;
    billing_dim_t dim;
} billing_view_lists[] = {
    { "by_service", BILLING_DIM_SERVICE },
    { "by_region", BILLING_DIM_REGION },
    { "by_project", BILLING_DIM_PROJECT },
    { "by_account", BILLING_DIM_ACCOUNT },
};


/* What a currency costs in a table that does not have it. */
static const billing_money_t    billing_view_zeros[BILLING_VIEW_DAYS];
static const billing_currency_t billing_view_none = {
    .costs = billing_view_zeros
};


static time_t billing_view_as_of(const billing_view_state_t *state);
static void   billing_view_in_progress(billing_view_page_t *page);
static void   billing_view_currencies(billing_view_page_t *page);
static const billing_currency_t *billing_view_next(billing_view_page_t *page,
    const billing_currency_t *in[BILLING_VIEW_TABLES]);
static void billing_view_currency(billing_view_page_t *page, billing_str_t code,
    const billing_currency_t *in[BILLING_VIEW_TABLES]);
static void billing_view_shares(billing_view_page_t *page,
    const billing_currency_t                        *in[BILLING_VIEW_TABLES]);
static void billing_view_to_date(
    billing_view_page_t *page, const billing_money_t *costs);
static void billing_view_monthly(
    billing_view_page_t *page, const billing_money_t *costs);
static void billing_view_daily(
    billing_view_page_t *page, const billing_money_t *costs);


billing_status_t
billing_view_dashboard(const billing_dashboard_t *dashboard,
    const billing_view_state_t *state, billing_buf_t *out)
{
    billing_json_t     *w;
    billing_view_page_t page = {
        .today = state->today,
        .open = state->open,
        .open_days = state->open_days,
        .tables = { dashboard->monthly, dashboard->daily, dashboard->to_date,
            dashboard->by_service, dashboard->by_region, dashboard->by_project,
            dashboard->by_account },
    };

    w = &page.w;

    billing_json_init(w, out);
    billing_json_begin_object(w);

    billing_json_key(w, "scope");
    billing_json_value(w, dashboard->scope);

    billing_json_key(w, "as_of");
    billing_view_time(w, billing_view_as_of(state));

    billing_json_key(w, "complete");
    billing_json_bool(w, billing_view_complete(state));

    billing_json_key(w, "accounts");
    billing_view_accounts(w, state);

    billing_json_key(w, "in_progress");
    billing_view_in_progress(&page);

    billing_json_key(w, "currencies");
    billing_view_currencies(&page);

    billing_view_restated(w, state);

    billing_json_end_object(w);

    return out->status;
}


int
billing_view_compared(
    billing_day_t today, billing_day_t this_days[2], billing_day_t last_days[2])
{
    int             days, last;
    billing_month_t month;

    days = billing_day_of_month(today) - 2;
    if (days < 1) {
        return 0;
    }

    month = billing_month_of(today);
    last = billing_month_days(month - 1);

    this_days[0] = billing_month_first(month);
    this_days[1] = this_days[0] + days - 1;

    last_days[0] = billing_month_first(month - 1);
    last_days[1] = last_days[0] + (days < last ? days : last) - 1;

    return 1;
}


/* The age of the oldest data in the sums; 0: there is none. */

static time_t
billing_view_as_of(const billing_view_state_t *state)
{
    size_t i;
    time_t as_of, oldest;

    oldest = 0;

    for (i = 0; i < state->naccounts; i++) {
        as_of = state->accounts[i].as_of;

        if (as_of != 0 && (oldest == 0 || as_of < oldest)) {
            oldest = as_of;
        }
    }

    return oldest;
}


/* A dashboard has both: this month, and of its days yesterday and today. */
static void
billing_view_in_progress(billing_view_page_t *page)
{
    char            text[BILLING_DAY_LEN];
    billing_day_t   day;
    billing_month_t month, last;

    last = billing_month_of(page->today);

    billing_json_begin_array(&page->w);

    for (month = last + 1 - BILLING_VIEW_MONTHS; month <= last; month++) {
        if (month == last || billing_open_has(page->open, month)) {
            billing_month_format(month, text);
            billing_json_cstring(&page->w, text);
        }
    }

    for (day = page->today + 1 - BILLING_VIEW_DAYS; day <= page->today; day++) {
        if (day >= page->today - 1 || billing_open_has(page->open_days, day)) {
            billing_day_format(day, text);
            billing_json_cstring(&page->w, text);
        }
    }

    billing_json_end_array(&page->w);
}


static void
billing_view_currencies(billing_view_page_t *page)
{
    unsigned                  i;
    const billing_currency_t *first, *in[BILLING_VIEW_TABLES];

    for (i = 0; i < BILLING_VIEW_TABLES; i++) {
        if (page->tables[i] != NULL) {
            page->next[i] = billing_table_currencies(
                page->tables[i], &page->left[i]);
        }
    }

    billing_json_begin_array(&page->w);

    for (first = billing_view_next(page, in); first != NULL;
         first = billing_view_next(page, in))
    {
        billing_view_currency(page, first->currency, in);
    }

    billing_json_end_array(&page->w);
}


/*
 * The currency that comes next in any table, NULL at the end.  In in[] is
 * what each table has of it; these tables move on.
 */

static const billing_currency_t *
billing_view_next(billing_view_page_t *page,
    const billing_currency_t          *in[BILLING_VIEW_TABLES])
{
    unsigned                  i;
    const billing_currency_t *first;

    first = NULL;

    for (i = 0; i < BILLING_VIEW_TABLES; i++) {
        if (page->left[i] != 0
            && (first == NULL
                || billing_str_cmp(page->next[i]->currency, first->currency)
                       < 0))
        {
            first = page->next[i];
        }
    }

    for (i = 0; i < BILLING_VIEW_TABLES; i++) {
        in[i] = &billing_view_none;

        if (page->left[i] != 0
            && billing_str_eq(page->next[i]->currency, first->currency))
        {
            in[i] = page->next[i]++;
            page->left[i]--;
        }
    }

    return first;
}


static void
billing_view_currency(billing_view_page_t *page, billing_str_t code,
    const billing_currency_t *in[BILLING_VIEW_TABLES])
{
    unsigned               i, table;
    billing_by_t           by;
    billing_json_t        *w;
    const billing_money_t *monthly;

    w = &page->w;
    monthly = in[BILLING_VIEW_MONTHLY]->costs;

    billing_json_begin_object(w);

    billing_json_key(w, "currency");
    billing_json_string(w, code);

    billing_json_key(w, "accounts");
    billing_json_int(w, in[BILLING_VIEW_BY_ACCOUNT]->nall);

    billing_json_key(w, "this_month");
    billing_view_money(w, monthly[BILLING_VIEW_MONTHS - 1]);

    billing_json_key(w, "last_month");
    billing_view_money(w, monthly[BILLING_VIEW_MONTHS - 2]);

    billing_view_to_date(page, in[BILLING_VIEW_TO_DATE]->costs);
    billing_view_monthly(page, monthly);
    billing_view_daily(page, in[BILLING_VIEW_DAILY]->costs);
    billing_view_shares(page, in);

    for (i = 0; i < BILLING_VIEW_TABLES - BILLING_VIEW_LISTS; i++) {
        table = BILLING_VIEW_LISTS + i;

        if (page->tables[table] == NULL) {
            continue;
        }

        by = billing_dim_by(billing_view_lists[i].dim);

        billing_json_key(w, billing_view_lists[i].name);
        billing_view_groups(w, in[table], &by, 1, BILLING_VIEW_MONTHS);
    }

    billing_json_end_object(w);
}


/* Signs mix in one list and not in another, so each says it for itself. */
static void
billing_view_shares(billing_view_page_t *page,
    const billing_currency_t            *in[BILLING_VIEW_TABLES])
{
    unsigned i;

    billing_json_key(&page->w, "share_of");
    billing_json_begin_object(&page->w);

    for (i = 0; i < BILLING_VIEW_TABLES - BILLING_VIEW_LISTS; i++) {
        if (page->tables[BILLING_VIEW_LISTS + i] != NULL) {
            billing_json_key(&page->w, billing_view_lists[i].name);
            billing_view_share_of(&page->w, in[BILLING_VIEW_LISTS + i]);
        }
    }

    billing_json_end_object(&page->w);
}


static void
billing_view_to_date(billing_view_page_t *page, const billing_money_t *costs)
{
    int             compared;
    char            change[BILLING_MONEY_LEN];
    billing_day_t   this_days[2], last_days[2];
    billing_json_t *w;

    w = &page->w;
    compared = billing_view_compared(page->today, this_days, last_days);

    billing_json_key(w, "this_month_to_date");

    if (compared) {
        billing_view_money(w, costs[0]);

    } else {
        billing_json_null(w);
    }

    billing_json_key(w, "last_month_to_date");

    if (compared) {
        billing_view_money(w, costs[1]);

    } else {
        billing_json_null(w);
    }

    billing_json_key(w, "change_percent");

    if (compared
        && billing_money_change(costs[0], costs[1], change) == BILLING_OK) {
        billing_json_raw(w, billing_str_from(change));

    } else {
        billing_json_null(w);
    }
}


static void
billing_view_monthly(billing_view_page_t *page, const billing_money_t *costs)
{
    char            text[BILLING_MONTH_LEN];
    billing_json_t *w;
    billing_month_t month, last;

    w = &page->w;
    last = billing_month_of(page->today);

    billing_json_key(w, "monthly");
    billing_json_begin_object(w);
    billing_json_key(w, "dates");
    billing_json_begin_array(w);

    for (month = last - BILLING_VIEW_MONTHS + 1; month <= last; month++) {
        billing_month_format(month, text);
        billing_json_cstring(w, text);
    }

    billing_json_end_array(w);
    billing_json_key(w, "costs");
    billing_view_amounts(w, costs, BILLING_VIEW_MONTHS);
    billing_json_end_object(w);
}


static void
billing_view_daily(billing_view_page_t *page, const billing_money_t *costs)
{
    char            text[BILLING_DAY_LEN];
    billing_day_t   day;
    billing_json_t *w;

    w = &page->w;

    billing_json_key(w, "daily");
    billing_json_begin_object(w);
    billing_json_key(w, "dates");
    billing_json_begin_array(w);

    for (day = page->today - BILLING_VIEW_DAYS + 1; day <= page->today; day++) {
        billing_day_format(day, text);
        billing_json_cstring(w, text);
    }

    billing_json_end_array(w);
    billing_json_key(w, "costs");
    billing_view_amounts(w, costs, BILLING_VIEW_DAYS);
    billing_json_end_object(w);
}

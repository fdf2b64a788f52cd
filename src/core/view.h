
/*
 * Documents of the HTTP API: a costs answer and a dashboard, from
 * finished tables.  Pure: what time it is and which accounts there were is
 * passed in.
 */

#ifndef BILLING_CORE_VIEW_H
#define BILLING_CORE_VIEW_H

#include "core/explain.h"
#include "core/fault.h"
#include "core/json.h"
#include "core/query.h"
#include "core/restated.h"
#include "core/table.h"


typedef enum {
    BILLING_STATE_FRESH = 0,
    BILLING_STATE_STALE,
    BILLING_STATE_FAILED,
    BILLING_STATE_DISABLED
} billing_account_state_t;


/* Figures of an answer that come from blocks of months. */
#define BILLING_VIEW_PARTS 2

/* One entry of "accounts": where an account's data stands. */
typedef struct {
    billing_str_t           id;
    billing_account_state_t state;
    time_t                  as_of; /* 0: null */
    const billing_fault_t  *fault; /* NULL: "code" and "reason" are null */
    time_t                  since; /* when the reason was first seen */

    /* of each part: months that there is nothing of, a bit each */
    uint64_t missing[BILLING_VIEW_PARTS];
} billing_view_account_t;


typedef struct {
    billing_granularity_t granularity;
    billing_month_t       first; /* what bit 0 of missing stands for */
} billing_view_part_t;


typedef struct {
    const billing_view_account_t   *accounts;
    size_t                          naccounts;
    billing_day_t                   today;
    const billing_restated_shown_t *changes; /* NULL: no "restated" */

    /* what providers say is not closed, each from its first date on */
    const billing_open_t *open;      /* of the query; of a dashboard's months */
    const billing_open_t *open_days; /* of its days */

    billing_view_part_t parts[BILLING_VIEW_PARTS];

    /* blocks, by account, part and month; NULL: nobody asks why */
    const billing_explain_t *explain;
    size_t                   nexplain;
} billing_view_state_t;


/* 0 as soon as the data of one account is missing or may be outdated. */
int billing_view_complete(const billing_view_state_t *state);

/*
 * The JSON object of GET costs.  The table has a date for each of the query's
 * and a key string for each of its group_by, and is finished.  BILLING_NOMEM
 * or BILLING_LIMIT when out cannot take it all; out then holds a part.
 */
billing_status_t billing_view_costs(const billing_query_t *query,
    const billing_table_t *table, const billing_view_state_t *state,
    billing_buf_t *out);


/*
 * What a dashboard is made of.  monthly: 12 dates ending with this month;
 * daily: 14 dates ending today; each with nkeys 0.  to_date: two dates, [0]
 * this month up to the day before yesterday, [1] the same days of last month;
 * nkeys 0.  The by_* tables: one key, the 12 months, finished with limit 10
 * and sorted by magnitude; each is written as a list of groups of the same shape as
 * in a costs answer ({"key":{"service":"..."},"costs":[12],"sum":"..."}).
 * by_project may be NULL: then the member is left out.  A currency may be
 * missing in any of them: it cost nothing there.  "as_of" is the oldest of the
 * accounts', null where all of them are.
 */
typedef struct {
    const json_t          *scope; /* written as "scope" */
    const billing_table_t *monthly;
    const billing_table_t *daily;
    const billing_table_t *to_date;
    const billing_table_t *by_service;
    const billing_table_t *by_region;
    const billing_table_t *by_project;
    const billing_table_t *by_account;
} billing_dashboard_t;

billing_status_t billing_view_dashboard(const billing_dashboard_t *dashboard,
    const billing_view_state_t *state, billing_buf_t *out);

/* "1234.50" */
void billing_view_money(billing_json_t *w, billing_money_t amount);

/* RFC 3339 in UTC; 0: null */
void billing_view_time(billing_json_t *w, time_t t);

/* {"code","args","since"}, or null; since 0 is null. */
void billing_view_reason(
    billing_json_t *w, billing_reason_t reason, time_t since);

/*
 * The days that change_percent compares: this month's first day up to the day
 * before yesterday, and the same days of last month, clamped to its length.
 * Returns 0 on the first two days of a month, when there is nothing to
 * compare; then the figures are null.
 */
int billing_view_compared(billing_day_t today, billing_day_t this_days[2],
    billing_day_t last_days[2]);


#endif /* BILLING_CORE_VIEW_H */


/*
 * What endpoints that show figures have in common: catalog -> lists of linked
 * accounts -> lookup -> answer, and how a client's abort ends each of these.
 *
 * The endpoint gives four functions.  asked() says which accounts of the
 * catalog the question is about; plan() sets the parts; row() adds one row
 * up; view() writes the document.
 */

#ifndef BILLING_HTTP_FIGURES_H
#define BILLING_HTTP_FIGURES_H

#include "http/billing.h"

#include "event/str.h"
#include "http/linked.h"

#include "core/file.h"


#define BILLING_FIGURES_PARTS BILLING_VIEW_PARTS


typedef struct billing_figures_s billing_figures_t;

typedef struct {
    ngx_uint_t (*asked)(
        billing_figures_t *figures, const billing_catalog_account_t *account);

    /* NGX_DONE: an answer was sent; NGX_ERROR: out of memory */
    ngx_int_t (*plan)(billing_figures_t *figures);

    billing_status_t (*row)(billing_figures_t *figures,
        const billing_cost_origin_t *origin, const billing_row_t *row);

    /* with op->more set, out is only the begin of the document */
    billing_status_t (*view)(billing_figures_t *figures,
        const billing_view_state_t *state, billing_buf_t *out);
} billing_figures_endpoint_t;


struct billing_figures_s {
    billing_op_t                     *op;
    const billing_figures_endpoint_t *endpoint;
    void                             *data; /* the endpoint's */
    unsigned                          refresh : 1;
    unsigned                          kept : 1;       /* nobody is asked */
    unsigned                          once : 1;       /* for nobody else */
    unsigned                          lists_read : 1; /* of linked accounts */
    unsigned                          csv : 1;        /* the answer is */
    unsigned                          focus : 1;      /* of that kind */
    unsigned                          cut : 1;        /* by a limit */
    u_char        tag[BILLING_TAG_LEN]; /* of a part; zeros: it has none */
    time_t        now;
    billing_day_t today;

    const billing_catalog_t *catalog;
    ngx_array_t              accounts; /* of billing_fetch_account_t */
    ngx_array_t              sources;  /* their catalog entries */
    billing_cost_part_t      parts[BILLING_FIGURES_PARTS];
    ngx_uint_t               nparts;
    billing_open_t           open[BILLING_FIGURES_PARTS];

    ngx_array_t *explain; /* of billing_explain_t; NULL: nobody asks why */

    /* months that were restated; NULL: not shown, see billing_figures_changes() */
    billing_restated_shown_t *changes;
    billing_str_t             currency; /* of these; empty: all */

    /* what is under way: one of them at most */
    billing_catalog_load_t *load;
    billing_linked_t       *linked;
    billing_cost_lookup_t  *lookup;
};


/* Sets now and today.  NULL when out of memory: a problem was sent. */
billing_figures_t *billing_figures_create(
    billing_op_t *op, const billing_figures_endpoint_t *endpoint);

/*
 * The request asks why figures are as they are, or not: an admin may.
 * NGX_DONE: a problem was sent.
 */
ngx_int_t billing_figures_explain(
    billing_figures_t *figures, ngx_uint_t explain);

/* One of the lookup's blocks; and all of them, for the answer. */
void billing_figures_explain_block(void *data, const billing_explain_t *block);
void billing_figures_explain_blocks(
    billing_figures_t *figures, billing_view_state_t *state);

/*
 * The request asks for a refresh, or not.  An admin may have one; a page of
 * another site has none, and whoever asked is told.  NGX_DONE: a problem was
 * sent.
 */
ngx_int_t billing_figures_refresh(
    billing_figures_t *figures, ngx_uint_t refresh);

/* Runs it all; ends with an answer. */
void billing_figures_run(billing_figures_t *figures);

/*
 * The answer shall tell of restated months, all of them or those of a
 * currency (empty: all).  NGX_ERROR when out of memory.
 */
ngx_int_t billing_figures_changes(
    billing_figures_t *figures, billing_str_t currency);

/* The lookup's callback; data is the figures. */
void billing_figures_changes_restated(void *data,
    const billing_cost_origin_t *origin, const billing_restated_t *change);

/* The catalog's entry of the account that a row comes from. */
const billing_catalog_account_t *billing_figures_accounts_source(
    billing_figures_t *figures, const billing_cost_origin_t *origin);


/*
 * For view(): the table as a file, of the query's format.  Writes all of it if
 * that is little, else how it begins, and the rest is op->more.
 */
billing_status_t billing_figures_file(billing_figures_t *figures,
    const billing_query_t *query, billing_table_t *table,
    const billing_view_state_t *state, billing_buf_t *out);


/* Frees a table when the operation ends.  NULL when out of memory. */
billing_table_t *billing_figures_table(
    billing_op_t *op, unsigned ndates, unsigned nkeys);


/* Fills accounts and sources; for figures.c. */
ngx_int_t billing_figures_accounts(billing_figures_t *figures);


#endif /* BILLING_HTTP_FIGURES_H */

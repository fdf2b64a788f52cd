
/*
 * Reading pages.  A large one is read by a thread: what the thread touches is
 * the page's own meanwhile, so a flight that ends does not wait for it.  The
 * pages of a flight are read one at a time, since they go into the same
 * blocks.
 */

#include "cost/ngx_http_billing_cost_engine.h"


#define NGX_HTTP_BILLING_COST_LARGE (64 * 1024) /* bytes; a millisecond */


struct ngx_http_billing_cost_page_s {
    ngx_queue_t                   queue; /* in flight->pages, while waiting */
    ngx_http_billing_cost_walk_t *walk;
    ngx_int_t                     retry_after;
    billing_http_answer_t         answer;
    billing_buf_t                 body;
    char                          wanted[BILLING_HTTP_MAX_WANTED];
    billing_granularity_t         granularity;
    billing_month_t               first;

    /* while it is read: these are neither the walk's nor the flight's */
    billing_walk_t   *pages;
    billing_block_t **rows; /* of each month; NULL: not wanted */
    ngx_uint_t        nrows;
    billing_reason_t *spoilt; /* of each month */
    uint32_t         *open;   /* likewise: dates that are not closed */

    ngx_uint_t        count; /* rows read */
    billing_status_t  status;
    billing_failure_t failure;
};


static ngx_http_billing_cost_page_t *ngx_http_billing_cost_page_create(
    ngx_http_billing_cost_walk_t    *walk,
    const ngx_billing_curl_result_t *result);
static void ngx_http_billing_cost_page_next(
    ngx_http_billing_cost_flight_t *flight);
static void ngx_http_billing_cost_page_take(ngx_http_billing_cost_page_t *page);
static void ngx_http_billing_cost_page_give(ngx_http_billing_cost_page_t *page);
static void ngx_http_billing_cost_page_spoil(
    ngx_http_billing_cost_block_t *block, billing_reason_t reason);
static void             ngx_http_billing_cost_page_run(void *data);
static billing_status_t ngx_http_billing_cost_page_row(
    void *data, const billing_cost_row_t *row);
static void ngx_http_billing_cost_page_done(void *data);
static void ngx_http_billing_cost_page_drop(void *data);


static const ngx_billing_task_type_t ngx_http_billing_cost_page_type = {
    ngx_http_billing_cost_page_run,
    ngx_http_billing_cost_page_done,
    ngx_http_billing_cost_page_drop,
};


ngx_int_t
ngx_http_billing_cost_page(
    ngx_http_billing_cost_walk_t *walk, const ngx_billing_curl_result_t *result)
{
    ngx_http_billing_cost_page_t   *page;
    ngx_http_billing_cost_flight_t *flight;

    flight = walk->flight;

    page = ngx_http_billing_cost_page_create(walk, result);
    if (page == NULL) {
        return NGX_ERROR;
    }

    if (flight->task == NULL
        && (result->len < NGX_HTTP_BILLING_COST_LARGE
            || !ngx_billing_threads_exist(flight->cost->conf.threads)))
    {
        ngx_http_billing_cost_page_take(page);
        ngx_http_billing_cost_page_run(page);
        ngx_http_billing_cost_page_done(page);

        return NGX_OK;
    }

    page->body = *result->buf;
    billing_buf_init(result->buf, 0);

    ngx_queue_insert_tail(&flight->pages, &page->queue);
    ngx_http_billing_cost_page_next(flight);

    return NGX_OK;
}


static ngx_http_billing_cost_page_t *
ngx_http_billing_cost_page_create(
    ngx_http_billing_cost_walk_t *walk, const ngx_billing_curl_result_t *result)
{
    ngx_http_billing_cost_page_t   *page;
    ngx_http_billing_cost_flight_t *flight;

    flight = walk->flight;

    page = ngx_calloc(
        sizeof(ngx_http_billing_cost_page_t)
            + flight->nblocks
                  * (sizeof(billing_block_t *) + sizeof(billing_reason_t)
                      + sizeof(uint32_t)),
        flight->cost->conf.log);
    if (page == NULL) {
        return NULL;
    }

    page->walk = walk;
    page->retry_after = result->retry_after;
    page->answer.status = result->status;
    page->answer.took = result->took;
    page->answer.body.data = (const char *) result->body;
    page->answer.body.len = result->len;

    if (result->wanted.len != 0) {
        page->answer.wanted.data = page->wanted;
        page->answer.wanted.len = result->wanted.len;
        ngx_memcpy(page->wanted, result->wanted.data, result->wanted.len);
    }

    page->granularity = flight->granularity;
    page->first = flight->blocks[0].month;
    page->rows = (billing_block_t **) (page + 1);
    page->nrows = flight->nblocks;
    page->spoilt = (billing_reason_t *) (page->rows + page->nrows);
    page->open = (uint32_t *) (page->spoilt + page->nrows);
    billing_buf_init(&page->body, 0);

    return page;
}


/* Without memory for a task, or room in the pool, the loop has to wait. */
static void
ngx_http_billing_cost_page_next(ngx_http_billing_cost_flight_t *flight)
{
    ngx_queue_t                  *q;
    ngx_http_billing_cost_page_t *page;

    while (flight->task == NULL && !ngx_queue_empty(&flight->pages)) {
        q = ngx_queue_head(&flight->pages);
        ngx_queue_remove(q);
        page = ngx_queue_data(q, ngx_http_billing_cost_page_t, queue);

        ngx_http_billing_cost_page_take(page);

        flight->task = ngx_billing_threads_run(
            flight->cost->conf.threads, &ngx_http_billing_cost_page_type, page);

        if (flight->task == NULL) {
            ngx_http_billing_cost_page_run(page);
            ngx_http_billing_cost_page_done(page);
        }
    }
}


static void
ngx_http_billing_cost_page_take(ngx_http_billing_cost_page_t *page)
{
    ngx_uint_t                      i;
    ngx_http_billing_cost_flight_t *flight;

    flight = page->walk->flight;

    page->pages = page->walk->pages;
    page->walk->pages = NULL;

    for (i = 0; i < page->nrows; i++) {
        page->rows[i] = flight->blocks[i].rows;
        flight->blocks[i].rows = NULL;
    }
}


static void
ngx_http_billing_cost_page_give(ngx_http_billing_cost_page_t *page)
{
    ngx_uint_t                      i;
    ngx_http_billing_cost_flight_t *flight;

    flight = page->walk->flight;

    page->walk->pages = page->pages;
    page->pages = NULL;

    for (i = 0; i < page->nrows; i++) {
        flight->blocks[i].rows = page->rows[i];
        page->rows[i] = NULL;
        flight->blocks[i].open |= page->open[i];

        if (page->spoilt[i] != BILLING_REASON_NONE) {
            ngx_http_billing_cost_page_spoil(
                &flight->blocks[i], page->spoilt[i]);
        }
    }

    flight->rows += page->count;
}


/* The other months of the flight are as good as before. */
static void
ngx_http_billing_cost_page_spoil(
    ngx_http_billing_cost_block_t *block, billing_reason_t reason)
{
    char                            month[BILLING_MONTH_LEN];
    ngx_http_billing_cost_flight_t *flight;

    if (block->gone || block->fault != NULL) {
        return;
    }

    flight = block->flight;
    block->fault = billing_fault(BILLING_MALFORMED, reason);
    billing_month_format(block->month, month);

    ngx_log_error(NGX_LOG_ERR, flight->cost->conf.log, 0,
        "billing provider \"%s\" failed for %s of account \"%V\": \"%s\"",
        flight->provider.provider->id, month, &flight->account,
        billing_reason_names[reason]);
}


/* In a thread, or not. */
static void
ngx_http_billing_cost_page_run(void *data)
{
    ngx_http_billing_cost_page_t *page = data;

    page->status = billing_walk_answer(page->pages, &page->answer,
        ngx_http_billing_cost_page_row, page, &page->failure);

    billing_buf_free(&page->body);
}


static billing_status_t
ngx_http_billing_cost_page_row(void *data, const billing_cost_row_t *row)
{
    ngx_http_billing_cost_page_t *page = data;

    billing_row_t   cell;
    billing_month_t month;

    if (page->granularity == BILLING_DAILY) {
        month = billing_month_of(row->date);
        cell.date = billing_day_of_month(row->date) - 1;

    } else {
        month = row->date;
        cell.date = 0;
    }

    month -= page->first;

    if (month < 0 || month >= (billing_month_t) page->nrows) {
        return BILLING_MALFORMED;
    }

    if (page->rows[month] == NULL) {
        return BILLING_OK;
    }

    if (row->spoilt != BILLING_REASON_NONE) {
        page->spoilt[month] = row->spoilt;
        return BILLING_OK;
    }

    if (row->open) {
        page->open[month] |= UINT32_C(1) << cell.date;
        return BILLING_OK;
    }

    cell.currency = row->currency;
    cell.linked = row->linked;
    cell.region = row->region;
    cell.service = row->service;
    cell.charge = row->charge == BILLING_CHARGE_UNKNOWN
                      ? (billing_str_t){ NULL, 0 }
                      : billing_str_from(billing_charge_names[row->charge]);
    cell.amount = row->amount;

    page->count++;

    return billing_block_add(page->rows[month], &cell);
}


static void
ngx_http_billing_cost_page_done(void *data)
{
    ngx_http_billing_cost_page_t *page = data;

    ngx_http_billing_cost_walk_t   *walk;
    ngx_http_billing_cost_flight_t *flight;

    walk = page->walk;
    flight = walk->flight;
    flight->task = NULL;

    ngx_http_billing_cost_page_give(page);
    ngx_http_billing_cost_walk_read(
        walk, page->status, page->retry_after, &page->failure);
    ngx_http_billing_cost_page_drop(page);

    ngx_http_billing_cost_page_next(flight);
}


static void
ngx_http_billing_cost_page_drop(void *data)
{
    ngx_http_billing_cost_page_t *page = data;

    ngx_uint_t i;

    for (i = 0; i < page->nrows; i++) {
        billing_block_free(page->rows[i]);
    }

    billing_walk_free(page->pages);
    billing_buf_free(&page->body);
    ngx_free(page);
}


void
ngx_http_billing_cost_page_stop(ngx_http_billing_cost_flight_t *flight)
{
    ngx_queue_t        *q;
    ngx_billing_task_t *task;

    while (!ngx_queue_empty(&flight->pages)) {
        q = ngx_queue_head(&flight->pages);
        ngx_queue_remove(q);
        ngx_http_billing_cost_page_drop(
            ngx_queue_data(q, ngx_http_billing_cost_page_t, queue));
    }

    task = flight->task;

    if (task != NULL) {
        flight->task = NULL;
        ngx_billing_threads_cancel(task);
    }
}


/*
 * Reading pages.  A large one is read by a thread: what the thread touches is
 * the page's own meanwhile, so a flight that ends does not wait for it.  The
 * pages of a flight are read one at a time, since they go into the same
 * blocks.
 */

#include "fetch/page.h"


#define BILLING_PAGE_LARGE (64 * 1024) /* bytes; a millisecond */


typedef struct {
    ngx_queue_t           queue; /* in flight->pages, while waiting */
    billing_walk_t       *walk;
    ngx_int_t             retry_after;
    billing_http_answer_t answer;
    billing_buf_t         body;
    char                  wanted[BILLING_HTTP_MAX_WANTED];
    billing_granularity_t granularity;
    billing_month_t       first;

    /* while it is read: these are neither the walk's nor the flight's */
    billing_pager_t  *pages;
    billing_block_t **rows; /* of each month; NULL: not wanted */
    ngx_uint_t        nrows;
    billing_reason_t *spoilt; /* of each month */
    uint32_t         *open;   /* likewise: dates that are not closed */

    ngx_uint_t        count; /* rows read */
    billing_status_t  status;
    billing_failure_t failure;
    billing_page_pt   done;
} billing_page_t;


static billing_page_t *page_create(
    billing_walk_t *walk, const billing_curl_result_t *result);
static void page_next(billing_flight_t *flight);
static void page_take(billing_page_t *page);
static void page_give(billing_page_t *page);
static void page_spoil(billing_fetch_block_t *block, billing_reason_t reason);
static void page_run(void *data);
static billing_status_t page_row(void *data, const billing_cost_row_t *row);
static void             page_done(void *data);
static void             page_drop(void *data);


static const billing_task_type_t page_type = {
    page_run,
    page_done,
    page_drop,
};


ngx_int_t
billing_page_read(billing_walk_t *walk, const billing_curl_result_t *result,
    billing_page_pt done)
{
    billing_page_t   *page;
    billing_flight_t *flight;

    flight = walk->flight;

    page = page_create(walk, result);
    if (page == NULL) {
        return NGX_ERROR;
    }

    page->done = done;

    if (flight->task == NULL
        && (result->len < BILLING_PAGE_LARGE
            || !billing_threads_exist(flight->fetch->conf.threads)))
    {
        page_take(page);
        page_run(page);
        page_done(page);

        return NGX_OK;
    }

    page->body = *result->buf;
    billing_buf_init(result->buf, 0);

    ngx_queue_insert_tail(&flight->pages, &page->queue);
    page_next(flight);

    return NGX_OK;
}


static billing_page_t *
page_create(billing_walk_t *walk, const billing_curl_result_t *result)
{
    billing_page_t   *page;
    billing_flight_t *flight;

    flight = walk->flight;

    page = ngx_calloc(
        sizeof(billing_page_t)
            + flight->nblocks
                  * (sizeof(billing_block_t *) + sizeof(billing_reason_t)
                      + sizeof(uint32_t)),
        flight->fetch->conf.log);
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
page_next(billing_flight_t *flight)
{
    ngx_queue_t    *q;
    billing_page_t *page;

    while (flight->task == NULL && !ngx_queue_empty(&flight->pages)) {
        q = ngx_queue_head(&flight->pages);
        ngx_queue_remove(q);
        page = ngx_queue_data(q, billing_page_t, queue);

        page_take(page);

        flight->task = billing_threads_run(
            flight->fetch->conf.threads, &page_type, page);

        if (flight->task == NULL) {
            page_run(page);
            page_done(page);
        }
    }
}


static void
page_take(billing_page_t *page)
{
    ngx_uint_t        i;
    billing_flight_t *flight;

    flight = page->walk->flight;

    page->pages = page->walk->pages;
    page->walk->pages = NULL;

    for (i = 0; i < page->nrows; i++) {
        page->rows[i] = flight->blocks[i].rows;
        flight->blocks[i].rows = NULL;
    }
}


static void
page_give(billing_page_t *page)
{
    ngx_uint_t        i;
    billing_flight_t *flight;

    flight = page->walk->flight;

    page->walk->pages = page->pages;
    page->pages = NULL;

    for (i = 0; i < page->nrows; i++) {
        flight->blocks[i].rows = page->rows[i];
        page->rows[i] = NULL;
        flight->blocks[i].open |= page->open[i];

        if (page->spoilt[i] != BILLING_REASON_NONE) {
            page_spoil(&flight->blocks[i], page->spoilt[i]);
        }
    }

    flight->rows += page->count;
}


/* The other months of the flight are as good as before. */
static void
page_spoil(billing_fetch_block_t *block, billing_reason_t reason)
{
    char              month[BILLING_MONTH_LEN];
    billing_flight_t *flight;

    if (block->gone || block->fault != NULL) {
        return;
    }

    flight = block->flight;
    block->fault = billing_fault(BILLING_MALFORMED, reason);
    billing_month_format(block->month, month);

    ngx_log_error(NGX_LOG_ERR, flight->fetch->conf.log, 0,
        "billing provider \"%s\" failed for %s of account \"%V\": \"%s\"",
        flight->provider.provider->id, month, &flight->owner.account,
        billing_reason_names[reason]);
}


/* In a thread, or not. */
static void
page_run(void *data)
{
    billing_page_t *page = data;

    page->status = billing_pager_answer(
        page->pages, &page->answer, page_row, page, &page->failure);

    billing_buf_free(&page->body);
}


static billing_status_t
page_row(void *data, const billing_cost_row_t *row)
{
    billing_page_t *page = data;

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
page_done(void *data)
{
    billing_page_t *page = data;

    billing_walk_t   *walk;
    billing_flight_t *flight;

    walk = page->walk;
    flight = walk->flight;
    flight->task = NULL;

    page_give(page);
    page->done(walk, page->status, page->retry_after, &page->failure);
    page_drop(page);

    page_next(flight);
}


static void
page_drop(void *data)
{
    billing_page_t *page = data;

    ngx_uint_t i;

    for (i = 0; i < page->nrows; i++) {
        billing_block_free(page->rows[i]);
    }

    billing_pager_free(page->pages);
    billing_buf_free(&page->body);
    ngx_free(page);
}


void
billing_page_stop(billing_flight_t *flight)
{
    ngx_queue_t    *q;
    billing_task_t *task;

    while (!ngx_queue_empty(&flight->pages)) {
        q = ngx_queue_head(&flight->pages);
        ngx_queue_remove(q);
        page_drop(ngx_queue_data(q, billing_page_t, queue));
    }

    task = flight->task;

    if (task != NULL) {
        flight->task = NULL;
        billing_threads_cancel(task);
    }
}


/*
 * The groups of a table, one after another in the order of an answer.  Nobody
 * who takes a million of them wants to wait until all are sorted, nor to have a
 * list of them: there is a heap for each currency, and each group costs a few
 * steps when it is taken.
 */

#include <stdlib.h>

#include "core/hash.h"
#include "core/table_data.h"


static billing_status_t billing_table_queues(
    billing_table_t *table, unsigned limit, int *cut);
static int              billing_table_code(const void *a, const void *b);
static billing_status_t billing_table_places(
    billing_table_t *table, billing_queue_t **of);
static void billing_table_sink(
    const billing_table_t *table, billing_queue_t *queue, uint32_t i);
static uint64_t billing_table_print(
    const billing_table_t *table, uint32_t i, uint64_t hash);
static int billing_table_first(const billing_table_t *table,
    const billing_place_t *a, const billing_place_t *b);


billing_status_t
billing_table_order(billing_table_t *table, int sort_date, int descending,
    unsigned limit, int *cut)
{
    uint32_t         i, j;
    billing_status_t status;
    billing_queue_t *queue;

    *cut = 0;

    status = billing_table_sort(table, sort_date, descending);
    if (status != BILLING_OK || table->groups.count == 0) {
        return status;
    }

    status = billing_table_queues(table, limit, cut);
    if (status != BILLING_OK) {
        return status;
    }

    for (i = 0; i < table->nqueues; i++) {
        queue = &table->queues[i];

        for (j = queue->n / 2; j > 0; j--) {
            billing_table_sink(table, queue, j - 1);
        }
    }

    return BILLING_OK;
}


int
billing_table_next(billing_table_t *table, billing_str_t *currency,
    billing_str_t *key, const billing_money_t **costs)
{
    unsigned         i;
    uint32_t         group;
    const uint32_t  *ids;
    billing_queue_t *queue;

    while (table->queue < table->nqueues
           && (table->queues[table->queue].n == 0
               || table->queues[table->queue].left == 0))
    {
        table->queue++;
    }

    if (table->queue == table->nqueues) {
        return 0;
    }

    queue = &table->queues[table->queue];
    group = queue->places[0].group;

    queue->left--;
    queue->places[0] = queue->places[--queue->n];
    billing_table_sink(table, queue, 0);

    ids = billing_map_ids(&table->groups, group);
    *currency = billing_intern_get(&table->currencies, ids[0]);
    *costs = billing_map_value(&table->groups, group);

    for (i = 0; i < table->nkeys; i++) {
        key[i] = billing_intern_get(&table->strings, ids[1 + i]);
    }

    return 1;
}


/* A queue for each currency, in the order of their codes, with its groups. */
static billing_status_t
billing_table_queues(billing_table_t *table, unsigned limit, int *cut)
{
    size_t            next;
    uint32_t          i, n;
    billing_queue_t **of, *queue;
    billing_status_t  status;

    n = table->currencies.count;

    of = calloc(n, sizeof(billing_queue_t *));
    table->queues = calloc(n, sizeof(billing_queue_t));
    table->places = calloc(table->groups.count, sizeof(billing_place_t));

    if (of == NULL || table->queues == NULL || table->places == NULL) {
        free(of);
        return BILLING_NOMEM;
    }

    for (i = 0; i < n; i++) {
        table->queues[i].code = billing_intern_get(&table->currencies, i);
        table->queues[i].currency = i;
        table->queues[i].left = limit;
    }

    qsort(table->queues, n, sizeof(billing_queue_t), billing_table_code);

    for (i = 0; i < n; i++) {
        of[table->queues[i].currency] = &table->queues[i];
    }

    for (i = 0; i < table->groups.count; i++) {
        of[billing_map_ids(&table->groups, i)[0]]->n++;
    }

    next = 0;

    for (i = 0; i < n; i++) {
        queue = &table->queues[i];
        queue->places = table->places + next;
        next += queue->n;
        *cut = *cut || queue->n > limit;
        queue->n = 0;
    }

    table->nqueues = n;
    status = billing_table_places(table, of);

    free(of);

    return status;
}


static int
billing_table_code(const void *a, const void *b)
{
    const billing_queue_t *x = a, *y = b;

    return billing_str_cmp(x->code, y->code);
}


static billing_status_t
billing_table_places(billing_table_t *table, billing_queue_t **of)
{
    uint32_t         i;
    billing_money_t  sum;
    billing_place_t *place;
    billing_queue_t *queue;
    billing_status_t status;

    for (i = 0; i < table->groups.count; i++) {
        queue = of[billing_map_ids(&table->groups, i)[0]];
        place = &queue->places[queue->n++];
        place->group = i;

        status = billing_table_rank(table, i, &place->by, &sum);
        if (status != BILLING_OK) {
            return status;
        }
    }

    return BILLING_OK;
}


/* Lets the place at i sink until none below it comes before it. */
static void
billing_table_sink(
    const billing_table_t *table, billing_queue_t *queue, uint32_t i)
{
    uint32_t        child;
    billing_place_t moved;

    if (i >= queue->n) {
        return;
    }

    moved = queue->places[i];

    for (child = 2 * i + 1; child < queue->n; child = 2 * i + 1) {
        if (child + 1 < queue->n
            && billing_table_first(
                table, &queue->places[child + 1], &queue->places[child]))
        {
            child++;
        }

        if (!billing_table_first(table, &queue->places[child], &moved)) {
            break;
        }

        queue->places[i] = queue->places[child];
        i = child;
    }

    queue->places[i] = moved;
}


static int
billing_table_first(const billing_table_t *table, const billing_place_t *a,
    const billing_place_t *b)
{
    return billing_table_ahead(table, a->by, a->group, b->by, b->group);
}


/*
 * In whatever order the groups have come: sums of two digests of each know
 * none.
 */
void
billing_table_feed(
    const billing_table_t *table, billing_feed_pt feed, void *data)
{
    uint32_t i;
    uint64_t sums[2];

    sums[0] = sums[1] = 0;

    for (i = 0; i < table->groups.count; i++) {
        sums[0] += billing_table_print(table, i, BILLING_HASH);
        sums[1] += billing_table_print(table, i, ~BILLING_HASH);
    }

    feed(data, &table->groups.count, sizeof(uint32_t));
    feed(data, sums, sizeof(sums));
}


/* The digest of a group, from hash on. */
static uint64_t
billing_table_print(const billing_table_t *table, uint32_t i, uint64_t hash)
{
    unsigned        n;
    billing_str_t   s;
    const uint32_t *ids;

    ids = billing_map_ids(&table->groups, i);

    for (n = 0; n < 1 + table->nkeys; n++) {
        s = billing_intern_get(
            n == 0 ? &table->currencies : &table->strings, ids[n]);

        hash = billing_hash(hash, &s.len, sizeof(size_t));
        hash = billing_hash(hash, s.data, s.len);
    }

    hash = billing_hash(hash, billing_map_value(&table->groups, i),
        table->ndates * sizeof(billing_money_t));

    return billing_hash_spread(hash);
}


size_t
billing_table_size(const billing_table_t *table)
{
    return (size_t) table->groups.count * table->ndates
           * sizeof(billing_money_t);
}


/*
 * The costs answer as a file: all groups, a row for each date, written piece by
 * piece while somebody takes it.  Of its text there is never more in memory
 * than a piece.
 */

#ifndef BILLING_CORE_FILE_H
#define BILLING_CORE_FILE_H

#include "core/buf.h"
#include "core/query.h"
#include "core/table.h"


/* What is said about a value of a dimension; what is not known is empty. */
typedef struct {
    billing_str_t key; /* the value, as rows have it */
    billing_str_t name;
    billing_str_t id; /* the provider's own, where ours is another */

    /* of a provider: who bills, and whose services are billed */
    billing_str_t issuer;
    billing_str_t publisher;

    /* of an account: which cost its provider is asked for */
    billing_str_t basis;
} billing_label_t;

/* In the byte order of their keys, each once. */
typedef struct {
    const billing_label_t *items;
    size_t                 n;
} billing_labels_t;


/*
 * One file.  What stands first is for its owner to fill; the query, the labels,
 * the table and what is open must live as long.
 */
typedef struct {
    const billing_query_t *query; /* its format is CSV or FOCUS */
    billing_table_t       *table; /* not finished; a key for each group_by */
    billing_labels_t       labels[BILLING_DIM_MAX];
    billing_day_t          today;
    const billing_open_t  *open;         /* what providers have not closed */
    unsigned               complete : 1; /* no account lacks figures */

    /* billing_file_open(): a limit leaves groups out */
    int cut;

    /* private: how far it is */
    unsigned               begun : 1;
    unsigned               ended : 1;
    billing_str_t          currency;
    billing_str_t          key[BILLING_QUERY_MAX_GROUP_BY];
    const billing_label_t *found[BILLING_QUERY_MAX_GROUP_BY]; /* never NULL */
    const billing_money_t *costs; /* NULL: next group */
    unsigned               date;
} billing_file_t;


/* Puts the table in order.  BILLING_LIMIT, BILLING_NOMEM. */
billing_status_t billing_file_open(billing_file_t *file);

/*
 * Appends rows, least bytes of them or all there are.  Whatever it returns but
 * BILLING_OK, the file can never be whole any more.
 */
billing_status_t billing_file_write(
    billing_file_t *file, size_t least, billing_buf_t *out);

/*
 * Gives all that the file's text depends on, but for the query: equal bytes are
 * equal texts.
 */
void billing_file_feed(
    const billing_file_t *file, billing_feed_pt feed, void *data);

/* 1 when all of it has been written. */
int billing_file_ended(const billing_file_t *file);


/*
 * The service category of FOCUS that a service belongs to: "Compute"; "Other"
 * for what is not known.
 */
billing_str_t billing_service_category(billing_str_t service);


#endif /* BILLING_CORE_FILE_H */

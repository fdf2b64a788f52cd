
/*
 * What lies in the zone; for ngx_http_billing_zone*.c only.
 */

#ifndef NGX_HTTP_BILLING_ZONE_SHARED_H
#define NGX_HTTP_BILLING_ZONE_SHARED_H

#include "store/ngx_http_billing_zone.h"


/* To be raised when anything below changes: a reload takes the memory over. */
#define NGX_HTTP_BILLING_ZONE_LAYOUT 5


typedef struct {
    uint64_t          signature; /* always first: NGX_HTTP_BILLING_ZONE_SIGN */
    uint64_t          counter;   /* the last stamp given */
    uint64_t          doubt;
    ngx_atomic_t      busy; /* somebody is at it, under the mutex */
    ngx_rbtree_t      domains;
    ngx_rbtree_node_t domains_end;
    ngx_queue_t       used_domains; /* latest first */
    ngx_uint_t        ndomains;
    ngx_uint_t        max_domains;
    ngx_rbtree_t      answers;
    ngx_rbtree_node_t answers_end;
    ngx_queue_t       used_answers; /* latest first */
    size_t            max_answer;

    ngx_billing_metrics_t *metrics;
} ngx_http_billing_zone_shared_t;


typedef struct {
    ngx_str_node_t node; /* the name follows */
    ngx_queue_t    queue;
    uint64_t       stamp;
    uint64_t       doubt;
} ngx_http_billing_zone_domain_t;


/*
 * Bodies lie in pieces of a page at most: so room is made by freeing as much
 * as is needed, and not until as much lies side by side.
 */
typedef struct ngx_http_billing_zone_piece_s ngx_http_billing_zone_piece_t;

struct ngx_http_billing_zone_piece_s {
    ngx_http_billing_zone_piece_t *next;
    u_char                         data[1];
};


typedef struct {
    ngx_http_billing_zone_piece_t *pieces;
    size_t                         len;
    ngx_uint_t                     tried; /* no pieces: of no use */
} ngx_http_billing_zone_body_t;


typedef struct {
    ngx_str_node_t               node; /* the key follows */
    ngx_queue_t                  queue;
    uint64_t                     stamp;
    uint64_t                     doubt;
    ngx_http_billing_answer_t    answer; /* without a body */
    ngx_http_billing_zone_body_t bodies[NGX_HTTP_BILLING_CODINGS];
} ngx_http_billing_zone_answer_t;


/*
 * Says what lies there: four letters, and all that the layout is known to be
 * of, so that most changes of it are seen even if nobody has raised its number.
 */
#define NGX_HTTP_BILLING_ZONE_SIGN                                       \
    ((uint64_t) 0x42494c4c << 32                                         \
        | (uint32_t) (NGX_HTTP_BILLING_ZONE_LAYOUT * 0x1000193           \
                      + sizeof(ngx_http_billing_zone_shared_t) * 0x10dcd \
                      + sizeof(ngx_http_billing_zone_domain_t) * 0x2f35  \
                      + sizeof(ngx_http_billing_zone_answer_t) * 0x3fb   \
                      + sizeof(ngx_billing_metrics_t)))


struct ngx_http_billing_zone_s {
    ngx_http_billing_zone_shared_t *shared;
    ngx_slab_pool_t                *pool;
};


/*
 * For whoever formats it: room for what is always there, which comes first and so
 * has the same place each time; then no domain is known, and no answer.
 */
ngx_int_t ngx_http_billing_zone_place(ngx_http_billing_zone_t *zone);
void ngx_http_billing_zone_empty(ngx_http_billing_zone_t *zone, size_t size);

/*
 * The mutex, and a mark behind it: nginx takes the mutex from a worker that
 * died with it, and whoever finds the mark then makes all of it anew, since
 * nobody knows how far the other had come.
 */
void ngx_http_billing_zone_lock(ngx_http_billing_zone_t *zone);
void ngx_http_billing_zone_unlock(ngx_http_billing_zone_t *zone);

/*
 * Under the mutex, something is half done.  Tests have workers killed there.
 */
#if (NGX_HTTP_BILLING_ZONE_POINTS)
#define ngx_http_billing_zone_point() \
    ngx_http_billing_zone_at(__FILE__, __LINE__)
void ngx_http_billing_zone_at(const char *file, int line);
#else
#define ngx_http_billing_zone_point()
#endif

/* Under the mutex: changes with the doubt of the zone, or of the domain. */
static ngx_inline uint64_t
ngx_http_billing_zone_doubts(const ngx_http_billing_zone_t *zone,
    const ngx_http_billing_zone_domain_t                   *domain)
{
    return zone->shared->doubt + domain->doubt; /* both only ever grow */
}

/* Under the mutex.  NULL: it is not known. */
ngx_http_billing_zone_domain_t *ngx_http_billing_zone_find(
    ngx_http_billing_zone_t *zone, const ngx_str_t *domain);

/*
 * Under the mutex: memory, for which old answers go.  NULL: there are none
 * left that could.
 */
void *ngx_http_billing_zone_alloc(ngx_http_billing_zone_t *zone, size_t size);

/* Under the mutex: takes an answer out and frees it; frees one that is not in. */
void ngx_http_billing_zone_remove(
    ngx_http_billing_zone_t *zone, ngx_http_billing_zone_answer_t *kept);
void ngx_http_billing_zone_free(
    ngx_http_billing_zone_t *zone, ngx_http_billing_zone_answer_t *kept);


#endif /* NGX_HTTP_BILLING_ZONE_SHARED_H */

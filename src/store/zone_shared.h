
/*
 * What lies in the zone; for zone*.c only.
 */

#ifndef BILLING_STORE_ZONE_SHARED_H
#define BILLING_STORE_ZONE_SHARED_H

#include "store/zone.h"


/* To be raised when anything below changes: a reload takes the memory over. */
#define BILLING_ZONE_LAYOUT 5


typedef struct {
    uint64_t          signature; /* always first: BILLING_ZONE_SIGN */
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

    billing_metrics_t *metrics;
} billing_zone_shared_t;


typedef struct {
    ngx_str_node_t node; /* the name follows */
    ngx_queue_t    queue;
    uint64_t       stamp;
    uint64_t       doubt;
} billing_zone_domain_t;


/*
 * Bodies lie in pieces of a page at most: so room is made by freeing as much
 * as is needed, and not until as much lies side by side.
 */
typedef struct billing_zone_piece_s billing_zone_piece_t;

struct billing_zone_piece_s {
    billing_zone_piece_t *next;
    u_char                data[1];
};


typedef struct {
    billing_zone_piece_t *pieces;
    size_t                len;
    ngx_uint_t            tried; /* no pieces: of no use */
} billing_zone_body_t;


typedef struct {
    ngx_str_node_t      node; /* the key follows */
    ngx_queue_t         queue;
    uint64_t            stamp;
    uint64_t            doubt;
    billing_answer_t    answer; /* without a body */
    billing_zone_body_t bodies[BILLING_CODINGS];
} billing_zone_answer_t;


/*
 * Says what lies there: four letters, and all that the layout is known to be
 * of, so that most changes of it are seen even if nobody has raised its number.
 */
#define BILLING_ZONE_SIGN                                       \
    ((uint64_t) 0x42494c4c << 32                                \
        | (uint32_t) (BILLING_ZONE_LAYOUT * 0x1000193           \
                      + sizeof(billing_zone_shared_t) * 0x10dcd \
                      + sizeof(billing_zone_domain_t) * 0x2f35  \
                      + sizeof(billing_zone_answer_t) * 0x3fb   \
                      + sizeof(billing_metrics_t)))


struct billing_zone_s {
    billing_zone_shared_t *shared;
    ngx_slab_pool_t       *pool;
};


/*
 * For whoever formats it: room for what is always there, which comes first and so
 * has the same place each time; then no domain is known, and no answer.
 */
ngx_int_t billing_zone_memory_place(billing_zone_t *zone);
void      billing_zone_memory_empty(billing_zone_t *zone, size_t size);

/*
 * The mutex, and a mark behind it: nginx takes the mutex from a worker that
 * died with it, and whoever finds the mark then makes all of it anew, since
 * nobody knows how far the other had come.
 */
void billing_zone_memory_lock(billing_zone_t *zone);
void billing_zone_memory_unlock(billing_zone_t *zone);

/*
 * Under the mutex, something is half done.  Tests have workers killed there.
 */
#if (BILLING_ZONE_POINTS)
#define billing_zone_point() billing_zone_memory_at(__FILE__, __LINE__)
void billing_zone_memory_at(const char *file, int line);
#else
#define billing_zone_point()
#endif

/* Under the mutex: changes with the doubt of the zone, or of the domain. */
static ngx_inline uint64_t
billing_zone_doubts(
    const billing_zone_t *zone, const billing_zone_domain_t *domain)
{
    return zone->shared->doubt + domain->doubt; /* both only ever grow */
}

/* Under the mutex.  NULL: it is not known. */
billing_zone_domain_t *billing_zone_find(
    billing_zone_t *zone, const ngx_str_t *domain);

/*
 * Under the mutex: memory, for which old answers go.  NULL: there are none
 * left that could.
 */
void *billing_zone_memory_alloc(billing_zone_t *zone, size_t size);

/* Under the mutex: takes an answer out and frees it; frees one that is not in. */
void billing_zone_memory_remove(
    billing_zone_t *zone, billing_zone_answer_t *kept);
void billing_zone_memory_free(
    billing_zone_t *zone, billing_zone_answer_t *kept);


#endif /* BILLING_STORE_ZONE_SHARED_H */

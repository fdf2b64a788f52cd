
/*
 * How deep replies may be nested, and how many elements an array may announce.
 * hiredis 0.14 refuses more than seven levels; 1.x takes any number, four bytes
 * each, and frees the reply by recursion: a server that is not Redis, or not
 * ours, could end the worker.  Room for all elements is made, and emptied, when
 * they are announced: two thousand million of them stop the worker for half a
 * minute.  An element is 56 bytes with its place, and a hundred thousand small
 * arrays of them are 70 MB.  No command that we send has a reply deeper than
 * four, or of more than some ten thousand elements.
 */

#include "event/redis_internal.h"


#define BILLING_REDIS_DEPTH    7
#define BILLING_REDIS_ELEMENTS 65536

#if (HIREDIS_MAJOR >= 1)
typedef size_t billing_redis_elements_t;
#else
typedef int billing_redis_elements_t;
#endif


static void *redis_array(
    const redisReadTask *task, billing_redis_elements_t elements);


/* hiredis' own functions, the same for all its readers, and ours. */
static redisReplyObjectFunctions *redis_own;
static redisReplyObjectFunctions  redis_shallow;


void
billing_redis_limits(redisContext *c)
{
    if (redis_own == NULL) {
        redis_own = c->reader->fn;
        redis_shallow = *c->reader->fn;
        redis_shallow.createArray = redis_array;
    }

    c->reader->fn = &redis_shallow;
}


/* NULL ends the connection. */
static void *
redis_array(const redisReadTask *task, billing_redis_elements_t elements)
{
    ngx_uint_t           depth;
    const redisReadTask *parent;

    if (elements > BILLING_REDIS_ELEMENTS) {
        return NULL;
    }

    depth = 0;

    for (parent = task->parent; parent != NULL; parent = parent->parent) {
        if (++depth >= BILLING_REDIS_DEPTH) {
            return NULL;
        }
    }

    return redis_own->createArray(task, elements);
}

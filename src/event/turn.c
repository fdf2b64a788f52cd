
/*
 * The clock starts at the first question.  An event of the next turn ends
 * it: posted before all that is left to that turn, it comes first there.
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include <time.h>

#include "event/turn.h"


#define BILLING_TURN_LENGTH 4000000 /* nanoseconds */


static uint64_t turn_now(void);
static void     turn_handler(ngx_event_t *ev);


static ngx_event_t turn_event;
static uint64_t    turn_start;


ngx_uint_t
billing_turn_over(void)
{
    if (turn_event.posted) {
        return turn_now() - turn_start > BILLING_TURN_LENGTH;
    }

    turn_event.handler = turn_handler;
    turn_event.log = ngx_cycle->log;
    turn_start = turn_now();

    ngx_post_event(&turn_event, &ngx_posted_next_events);

    return 0;
}


static uint64_t
turn_now(void)
{
    struct timespec now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    return (uint64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}


static void
turn_handler(ngx_event_t *ev)
{
}

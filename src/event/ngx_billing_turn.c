
/*
 * The clock starts at the first question.  An event of the next turn ends
 * it: posted before all that is left to that turn, it comes first there.
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include <time.h>

#include "event/ngx_billing_turn.h"


#define NGX_BILLING_TURN_LENGTH 4000000 /* nanoseconds */


static uint64_t ngx_billing_turn_now(void);
static void     ngx_billing_turn_handler(ngx_event_t *ev);


static ngx_event_t ngx_billing_turn;
static uint64_t    ngx_billing_turn_start;


ngx_uint_t
ngx_billing_turn_over(void)
{
    if (ngx_billing_turn.posted) {
        return ngx_billing_turn_now() - ngx_billing_turn_start
               > NGX_BILLING_TURN_LENGTH;
    }

    ngx_billing_turn.handler = ngx_billing_turn_handler;
    ngx_billing_turn.log = ngx_cycle->log;
    ngx_billing_turn_start = ngx_billing_turn_now();

    ngx_post_event(&ngx_billing_turn, &ngx_posted_next_events);

    return 0;
}


static uint64_t
ngx_billing_turn_now(void)
{
    struct timespec now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    return (uint64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}


static void
ngx_billing_turn_handler(ngx_event_t *ev)
{
}

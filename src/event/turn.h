
/*
 * How long a turn of nginx's event loop has worked.  Two hundred answers may
 * become due at once: whoever has many things to do asks after each of them,
 * and leaves the rest to the next turn, so that others are served in between.
 */

#ifndef BILLING_EVENT_TURN_H
#define BILLING_EVENT_TURN_H

#include <ngx_config.h>
#include <ngx_core.h>


/* 1 if what is left should wait: post it to ngx_posted_next_events. */
ngx_uint_t billing_turn_over(void);


#endif /* BILLING_EVENT_TURN_H */

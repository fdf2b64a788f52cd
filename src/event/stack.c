
/*
 * A posted event runs when all frames of a handler are gone, so that its own
 * frame lies over theirs.
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include <string.h>

#include "event/stack.h"


/* PCRE2 uses 32 KB for one match */
#define BILLING_STACK_DEPTH (128 * 1024)


static void stack_handler(ngx_event_t *ev);
static void stack_clear(void) __attribute__((noinline));


static ngx_event_t stack_event;


void
billing_stack_wipe(void)
{
    if (stack_event.posted) {
        return;
    }

    stack_event.handler = stack_handler;
    stack_event.log = ngx_cycle->log;

    ngx_post_event(&stack_event, &ngx_posted_events);
}


static void
stack_handler(ngx_event_t *ev)
{
    stack_clear();
}


static void
stack_clear(void)
{
    u_char depth[BILLING_STACK_DEPTH];

    explicit_bzero(depth, sizeof(depth));
}

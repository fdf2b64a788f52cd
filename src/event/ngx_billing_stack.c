
/*
 * A posted event runs when all frames of a handler are gone, so that its own
 * frame lies over theirs.
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include <string.h>

#include "event/ngx_billing_stack.h"


/* PCRE2 uses 32 KB for one match */
#define NGX_BILLING_STACK_DEPTH (128 * 1024)


static void ngx_billing_stack_handler(ngx_event_t *ev);
static void ngx_billing_stack_clear(void) __attribute__((noinline));


static ngx_event_t ngx_billing_stack;


void
ngx_billing_stack_wipe(void)
{
    if (ngx_billing_stack.posted) {
        return;
    }

    ngx_billing_stack.handler = ngx_billing_stack_handler;
    ngx_billing_stack.log = ngx_cycle->log;

    ngx_post_event(&ngx_billing_stack, &ngx_posted_events);
}


static void
ngx_billing_stack_handler(ngx_event_t *ev)
{
    ngx_billing_stack_clear();
}


static void
ngx_billing_stack_clear(void)
{
    u_char depth[NGX_BILLING_STACK_DEPTH];

    explicit_bzero(depth, sizeof(depth));
}

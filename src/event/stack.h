
/*
 * Compilers and libraries leave copies of what they work on in the stack: in
 * registers that were saved, in frames that nobody cleared.  A core dump would
 * have them.
 */

#ifndef BILLING_EVENT_STACK_H
#define BILLING_EVENT_STACK_H

#include <ngx_config.h>
#include <ngx_core.h>


/*
 * For whoever has had a secret in hand: the stack below nginx's event loop is
 * overwritten at the end of this turn, once for all who ask.
 */
void billing_stack_wipe(void);


#endif /* BILLING_EVENT_STACK_H */


/*
 * What a client would rather have (RFC 7240), as far as it is heeded here.
 */

#ifndef BILLING_CORE_PREFER_H
#define BILLING_CORE_PREFER_H

#include "core/str.h"


/*
 * The seconds of "wait=SECONDS" in the value of Prefer, whose lines are one
 * list: the first one counts.  -1: there is none that is a number of at most
 * nine digits.
 */
long billing_prefer_wait(billing_str_t prefer);


#endif /* BILLING_CORE_PREFER_H */

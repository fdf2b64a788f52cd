
/*
 * How an account is: what a flight has found out of it is kept with the
 * account, where that is new.  So a key that has expired shows at the next
 * lookup, and an account that works again says so by itself.
 */

#include "fetch/state.h"


static const billing_fault_t *state_fault(const billing_flight_t *flight);


void
billing_state_take(
    billing_flight_t *flight, const billing_fetch_account_t *account)
{
    ngx_uint_t i;

    static const char *const states[] = { "ok", "rejected", "unreachable" };

    flight->state = "unverified";
    flight->reason = account->reason;

    for (i = 0; i < 3; i++) {
        if (account->state.len == ngx_strlen(states[i])
            && ngx_strncmp(account->state.data, states[i], account->state.len)
                   == 0)
        {
            flight->state = states[i];
        }
    }
}


/* One that made no call has found out nothing. */
void
billing_state_tell(billing_flight_t *flight)
{
    const char            *state;
    billing_reason_t       reason;
    const billing_fault_t *fault;
    billing_fetch_conf_t  *conf;

    conf = &flight->fetch->conf;
    fault = state_fault(flight);

    if (flight->calls == 0 || flight->abandoned || conf->state == NULL
        || (fault != NULL && fault->reason == BILLING_REASON_NONE))
    {
        return;
    }

    state = fault == NULL                                       ? "ok"
            : ngx_strcmp(fault->code, "provider_rejected") == 0 ? "rejected"
                                                                : "unreachable";
    reason = fault == NULL ? BILLING_REASON_NONE : fault->reason;

    if (ngx_strcmp(state, flight->state) == 0 && reason == flight->reason) {
        return;
    }

    conf->state(conf->data, &flight->owner.domain, &flight->owner.account,
        flight->owner.version, state, reason);
}


/* Of the flight, or else of one of its months. */
static const billing_fault_t *
state_fault(const billing_flight_t *flight)
{
    ngx_uint_t i;

    if (flight->fault != NULL) {
        return flight->fault;
    }

    for (i = 0; i < flight->nblocks; i++) {
        if (flight->blocks[i].fault != NULL) {
            return flight->blocks[i].fault;
        }
    }

    return NULL;
}

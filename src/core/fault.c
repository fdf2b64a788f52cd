
#include "core/fault.h"

#include <stdio.h>


const char *const billing_reason_names[BILLING_REASON_MAX] = {
    NULL,
    "wrong_key",
    "expired",
    "role_missing",
    "not_enabled",
    "no_access",
    "no_such_table",
    "read_limit",
    "throttled",
    "quota",
    "unreachable",
    "timeout",
    "malformed",
    "list_empty",
    "list_shrunk",
    "incomplete",
    "sealed",
    "clock",
};

const billing_fault_t billing_fault_internal = { "internal",
    BILLING_REASON_NONE };
const billing_fault_t billing_fault_storage = { "storage_unavailable",
    BILLING_REASON_NONE };
const billing_fault_t billing_fault_limit = { "lookup_limit",
    BILLING_REASON_NONE };
const billing_fault_t billing_fault_late = { "timeout", BILLING_REASON_NONE };
const billing_fault_t billing_fault_history = { "history",
    BILLING_REASON_NONE };
const billing_fault_t billing_fault_untold = { "not_told",
    BILLING_REASON_NONE };
const billing_fault_t billing_fault_foreign = { "cross_site",
    BILLING_REASON_NONE };
const billing_fault_t billing_fault_sealed = { "sealed",
    BILLING_REASON_SEALED };

static const billing_fault_t *const billing_fault_own[] = {
    &billing_fault_internal,
    &billing_fault_storage,
    &billing_fault_limit,
    &billing_fault_late,
    &billing_fault_history,
    &billing_fault_untold,
    &billing_fault_foreign,
    &billing_fault_sealed,
};

#define BILLING_FAULT_OWN \
    (sizeof(billing_fault_own) / sizeof(billing_fault_own[0]))

/* Refusals, and what may be otherwise next time. */

#define BILLING_FAULTS(reason)              \
    {                                       \
        { "provider_unavailable", reason }, \
        {                                   \
            "provider_rejected", reason     \
        }                                   \
    }

static const billing_fault_t billing_faults[BILLING_REASON_MAX][2] = {
    BILLING_FAULTS(BILLING_REASON_NONE),
    BILLING_FAULTS(BILLING_REASON_WRONG_KEY),
    BILLING_FAULTS(BILLING_REASON_EXPIRED),
    BILLING_FAULTS(BILLING_REASON_ROLE_MISSING),
    BILLING_FAULTS(BILLING_REASON_NOT_ENABLED),
    BILLING_FAULTS(BILLING_REASON_NO_ACCESS),
    BILLING_FAULTS(BILLING_REASON_NO_SUCH_TABLE),
    BILLING_FAULTS(BILLING_REASON_READ_LIMIT),
    BILLING_FAULTS(BILLING_REASON_THROTTLED),
    BILLING_FAULTS(BILLING_REASON_QUOTA),
    BILLING_FAULTS(BILLING_REASON_UNREACHABLE),
    BILLING_FAULTS(BILLING_REASON_TIMEOUT),
    BILLING_FAULTS(BILLING_REASON_MALFORMED),
    BILLING_FAULTS(BILLING_REASON_LIST_EMPTY),
    BILLING_FAULTS(BILLING_REASON_LIST_SHRUNK),
    BILLING_FAULTS(BILLING_REASON_INCOMPLETE),
    BILLING_FAULTS(BILLING_REASON_SEALED),
    BILLING_FAULTS(BILLING_REASON_CLOCK),
};


const billing_fault_t *
billing_fault(billing_status_t status, billing_reason_t reason)
{
    if (status == BILLING_NOMEM) {
        return &billing_fault_internal;
    }

    if (reason == BILLING_REASON_NONE) {
        reason = status == BILLING_REJECTED      ? BILLING_REASON_WRONG_KEY
                 : status == BILLING_THROTTLED   ? BILLING_REASON_THROTTLED
                 : status == BILLING_UNAVAILABLE ? BILLING_REASON_UNREACHABLE
                                                 : BILLING_REASON_MALFORMED;
    }

    return &billing_faults[reason][status == BILLING_REJECTED];
}


billing_reason_t
billing_reason_find(billing_str_t name)
{
    int reason;

    for (reason = 1; reason < BILLING_REASON_MAX; reason++) {
        if (billing_str_eq(
                name, billing_str_from(billing_reason_names[reason]))) {
            return (billing_reason_t) reason;
        }
    }

    return BILLING_REASON_NONE;
}


void
billing_fault_format(const billing_fault_t *fault, char text[BILLING_FAULT_LEN])
{
    const char *name;

    name = billing_reason_names[fault->reason];

    (void) snprintf(text, BILLING_FAULT_LEN, "%s%s%s", fault->code,
        name == NULL ? "" : " ", name == NULL ? "" : name);
}


const billing_fault_t *
billing_fault_parse(billing_str_t text)
{
    size_t        i;
    const char   *space;
    billing_str_t code, name;

    code = text;
    name = (billing_str_t){ NULL, 0 };
    space = text.len == 0 ? NULL : memchr(text.data, ' ', text.len);

    if (space != NULL) {
        code.len = (size_t) (space - text.data);
        name.data = space + 1;
        name.len = text.len - code.len - 1;
    }

    for (i = 0; i < BILLING_FAULT_OWN; i++) {
        if (billing_str_eq(code, billing_str_from(billing_fault_own[i]->code)))
        {
            return billing_fault_own[i];
        }
    }

    return &billing_faults[billing_reason_find(name)][billing_str_eq(
        code, billing_str("provider_rejected"))];
}


/*
 * Dates that providers have not closed, by their own word: what they tell of
 * them may still change, however long ago they were.
 */

#ifndef BILLING_CORE_OPEN_H
#define BILLING_CORE_OPEN_H

#include <stdint.h>


#define BILLING_OPEN_DATES 1024 /* at most, from the first on */


/* All zeros: nothing is open. */
typedef struct {
    int32_t  first; /* billing_month_t or billing_day_t */
    uint64_t bits[BILLING_OPEN_DATES / 64];
} billing_open_t;


/* A date outside of those that there is room for is passed over. */
static inline void
billing_open_set(billing_open_t *open, int32_t date)
{
    uint32_t i;

    i = (uint32_t) (date - open->first);

    if (date >= open->first && i < BILLING_OPEN_DATES) {
        open->bits[i / 64] |= UINT64_C(1) << i % 64;
    }
}


/* open may be NULL: nothing is. */
static inline int
billing_open_has(const billing_open_t *open, int32_t date)
{
    uint32_t i;

    if (open == NULL || date < open->first) {
        return 0;
    }

    i = (uint32_t) (date - open->first);

    return i < BILLING_OPEN_DATES && (open->bits[i / 64] >> i % 64 & 1);
}


#endif /* BILLING_CORE_OPEN_H */

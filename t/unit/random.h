
/*
 * Numbers that look random and are the same in every run (xorshift64), so
 * that a failing case can be repeated.
 */

#ifndef TEST_RANDOM_H
#define TEST_RANDOM_H

#include <stdint.h>

#include "core/money.h"


static uint64_t test_random_state = 88172645463325252ULL;


static inline uint64_t
test_random(void)
{
    test_random_state ^= test_random_state << 13;
    test_random_state ^= test_random_state >> 7;
    test_random_state ^= test_random_state << 17;

    return test_random_state;
}


static inline unsigned
test_random_below(unsigned n)
{
    return (unsigned) (test_random() % n);
}


/* Of either sign and any magnitude up to 2^bits; zero now and then. */
static inline billing_money_t
test_random_money(unsigned bits)
{
    __extension__ unsigned __int128 value;

    value = test_random();
    value = value << 64 | test_random();
    value >>= 128 - 1 - test_random_below(bits);

    if (test_random_below(20) == 0) {
        value = 0;
    }

    return test_random_below(3) == 0 ? -(billing_money_t) value
                                     : (billing_money_t) value;
}


#endif /* TEST_RANDOM_H */

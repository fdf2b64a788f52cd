
/*
 * Numbers in as few bytes as they need: seven bits in each byte, the lowest
 * first, the top bit set in all but the last (as in Protocol Buffers and
 * LEB128).  Each number has one form: a reader refuses padded ones.
 */

#ifndef BILLING_CORE_VARINT_H
#define BILLING_CORE_VARINT_H

#include <stdint.h>

#include "core/money.h"


#define BILLING_VARINT_LEN       10 /* longest of 64 bits */
#define BILLING_VARINT_MONEY_LEN 19 /* longest of 128 bits */


/* What is still to be read. */
typedef struct {
    const unsigned char *p;
    const unsigned char *end;
} billing_reader_t;


/* Write to p, where there is room; return the end of what was written. */
unsigned char *billing_varint_put(unsigned char *p, uint64_t value);

/* Zigzag: 0, -1, 1, -2 ... become 0, 1, 2, 3 ... so that small stays short. */
unsigned char *billing_varint_put_money(
    unsigned char *p, billing_money_t value);

/* BILLING_MALFORMED when cut off, padded, or above max. */
billing_status_t billing_varint_get(
    billing_reader_t *reader, uint64_t max, uint64_t *value);
billing_status_t billing_varint_get_money(
    billing_reader_t *reader, billing_money_t *value);


#endif /* BILLING_CORE_VARINT_H */

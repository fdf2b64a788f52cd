
/*
 * What is known about a block.  The field is a version byte, the digest of
 * the scope in 8 bytes, the highest first, then the time, the calls, the rows
 * and the dates that are open in varints; version 1 does not know the last.
 */

#include <stdlib.h>

#include "core/block.h"
#include "core/hash.h"
#include "core/varint.h"


#define BILLING_META_VERSION     2
#define BILLING_META_VERSION_OLD 1
#define BILLING_META_FIXED       9 /* version and scope */

#define BILLING_META_SETTLE_DAYS 3

/* 9999-12-31T23:59:59Z, the last that billing_time_format() writes */
#define BILLING_META_MAX_TIME 253402300799


billing_status_t
billing_block_meta_encode(const billing_block_meta_t *meta, billing_buf_t *out)
{
    int            shift;
    unsigned char *p;
    unsigned char  bytes[BILLING_META_FIXED + 4 * BILLING_VARINT_LEN];

    if (meta->fetched_at < 0 || meta->fetched_at > BILLING_META_MAX_TIME) {
        return BILLING_INVALID;
    }

    p = bytes;
    *p++ = BILLING_META_VERSION;

    for (shift = 56; shift >= 0; shift -= 8) {
        *p++ = (unsigned char) (meta->scope >> shift);
    }

    p = billing_varint_put(p, (uint64_t) meta->fetched_at);
    p = billing_varint_put(p, meta->calls);
    p = billing_varint_put(p, meta->rows);
    p = billing_varint_put(p, meta->open);

    return billing_buf_add(out, bytes, (size_t) (p - bytes));
}


billing_status_t
billing_block_meta_decode(billing_str_t bytes, billing_block_meta_t *meta)
{
    size_t           i;
    int              old;
    uint64_t         scope, fetched_at, calls, rows, open;
    billing_reader_t reader;

    if (bytes.len < BILLING_META_FIXED) {
        return BILLING_MALFORMED;
    }

    old = bytes.data[0] == BILLING_META_VERSION_OLD;
    open = 0;

    if (bytes.data[0] != BILLING_META_VERSION && !old) {
        return BILLING_MALFORMED;
    }

    reader.p = (const unsigned char *) bytes.data;
    reader.end = reader.p + bytes.len;

    scope = 0;

    for (i = 1; i < BILLING_META_FIXED; i++) {
        scope = scope << 8 | reader.p[i];
    }

    reader.p += BILLING_META_FIXED;

    if (billing_varint_get(&reader, BILLING_META_MAX_TIME, &fetched_at)
            != BILLING_OK
        || billing_varint_get(&reader, UINT32_MAX, &calls) != BILLING_OK
        || billing_varint_get(&reader, UINT32_MAX, &rows) != BILLING_OK
        || (!old
            && billing_varint_get(&reader, UINT32_MAX, &open) != BILLING_OK)
        || reader.p != reader.end)
    {
        return BILLING_MALFORMED;
    }

    meta->fetched_at = (time_t) fetched_at;
    meta->scope = scope;
    meta->calls = (uint32_t) calls;
    meta->rows = (uint32_t) rows;
    meta->open = (uint32_t) open;

    return BILLING_OK;
}


uint64_t
billing_block_scope(const billing_str_t *ids, size_t n)
{
    size_t   i;
    uint64_t digest;

    digest = n;

    /* a sum does not know the order of its terms */
    for (i = 0; i < n; i++) {
        digest += billing_hash_spread(
            billing_hash(BILLING_HASH, ids[i].data, ids[i].len));
    }

    return digest;
}


int
billing_block_current(
    billing_month_t month, time_t fetched_at, billing_day_t today)
{
    billing_day_t day;

    day = billing_day_of(fetched_at);

    return day >= today || day > billing_month_last(month);
}


int
billing_block_settled(billing_month_t month, const billing_block_meta_t *meta)
{
    return meta->open == 0
           && billing_day_of(meta->fetched_at)
                  > billing_month_last(month) + BILLING_META_SETTLE_DAYS;
}


#include "core/varint.h"


__extension__ typedef unsigned __int128 billing_varint_wide_t;


static billing_status_t billing_varint_get_wide(
    billing_reader_t *reader, unsigned bits, billing_varint_wide_t *value);
static billing_status_t billing_varint_padded(
    const unsigned char *end, unsigned shift);


unsigned char *
billing_varint_put(unsigned char *p, uint64_t value)
{
    while (value > 0x7f) {
        *p++ = (unsigned char) (value | 0x80);
        value >>= 7;
    }

    *p++ = (unsigned char) value;

    return p;
}


unsigned char *
billing_varint_put_money(unsigned char *p, billing_money_t value)
{
    billing_varint_wide_t left;

    left = (billing_varint_wide_t) value << 1;

    if (value < 0) {
        left = ~left;
    }

    while (left > UINT64_MAX) {
        *p++ = (unsigned char) ((unsigned) left | 0x80);
        left >>= 7;
    }

    return billing_varint_put(p, (uint64_t) left);
}


billing_status_t
billing_varint_get(billing_reader_t *reader, uint64_t max, uint64_t *value)
{
    billing_status_t      status;
    billing_varint_wide_t wide;

    /* nearly all are of one byte */
    if (reader->p != reader->end && *reader->p <= 0x7f) {
        *value = *reader->p++;
        return *value <= max ? BILLING_OK : BILLING_MALFORMED;
    }

    status = billing_varint_get_wide(reader, 64, &wide);
    if (status != BILLING_OK) {
        return status;
    }

    *value = (uint64_t) wide;

    return *value <= max ? BILLING_OK : BILLING_MALFORMED;
}


billing_status_t
billing_varint_get_money(billing_reader_t *reader, billing_money_t *value)
{
    billing_status_t      status;
    billing_varint_wide_t wide;

    status = billing_varint_get_wide(reader, 128, &wide);
    if (status != BILLING_OK) {
        return status;
    }

    *value = (billing_money_t) (wide >> 1);

    if (wide & 1) {
        *value = ~*value;
    }

    return BILLING_OK;
}


static billing_status_t
billing_varint_get_wide(
    billing_reader_t *reader, unsigned bits, billing_varint_wide_t *value)
{
    uint64_t             low;
    unsigned             shift;
    const unsigned char *p, *end;

    p = reader->p;
    end = (size_t) (reader->end - p) < 9 ? reader->end : p + 9;
    low = 0;

    /* the first 63 bits, nearly always all, without 128-bit shifts */
    for (shift = 0; p != end; shift += 7) {
        low |= (uint64_t) (*p & 0x7f) << shift;

        if (*p++ <= 0x7f) {
            *value = low;
            reader->p = p;

            return billing_varint_padded(p, shift);
        }
    }

    *value = low;

    for (; shift < bits && p != reader->end; shift += 7) {
        if (bits - shift < 7 && (*p & 0x7f) >> (bits - shift) != 0) {
            return BILLING_MALFORMED;
        }

        *value |= (billing_varint_wide_t) (*p & 0x7f) << shift;

        if (*p++ <= 0x7f) {
            reader->p = p;

            return billing_varint_padded(p, shift);
        }
    }

    return BILLING_MALFORMED;
}


/* A last byte of zero adds nothing but length. */

static billing_status_t
billing_varint_padded(const unsigned char *end, unsigned shift)
{
    return end[-1] == 0 && shift != 0 ? BILLING_MALFORMED : BILLING_OK;
}


/*
 * Slots of a Redis Cluster: CRC16 of a key's hash tag, as the Cluster
 * Specification has it ("Key distribution model", "Hash tags", Appendix A:
 * XMODEM, polynomial 1021, nothing reflected, CRC16("123456789") = 0x31c3).
 */

#include "event/redis_internal.h"


static ngx_uint_t
redis_crc16(const u_char *p, size_t len)
{
    size_t     i;
    ngx_uint_t crc, bit;

    crc = 0;

    for (i = 0; i < len; i++) {
        crc ^= (ngx_uint_t) p[i] << 8;

        for (bit = 0; bit < 8; bit++) {
            crc = (crc & 0x8000) ? (crc << 1) ^ 0x1021 : crc << 1;
        }

        crc &= 0xffff;
    }

    return crc;
}


ngx_uint_t
billing_redis_slots_of(const u_char *key, size_t len)
{
    const u_char *open, *close, *last;

    last = key + len;
    open = ngx_strlchr((u_char *) key, (u_char *) last, '{');

    if (open != NULL) {
        close = ngx_strlchr((u_char *) open + 1, (u_char *) last, '}');

        if (close != NULL && close > open + 1) {
            key = open + 1;
            len = close - key;
        }
    }

    return redis_crc16(key, len) % BILLING_REDIS_SLOTS;
}


/*
 * What is kept of a month, for those who only want to know that: nothing is
 * planned, no list decides whether the block is good enough, and no provider is
 * asked.
 */

#include "cost/engine.h"

#include <hiredis/hiredis.h>


billing_redis_call_t *
billing_kept(billing_cost_t *cost, const billing_owner_t *owner,
    billing_month_t month, billing_redis_done_pt done, void *data)
{
    ngx_str_t             argv[3];
    billing_redis_call_t *call;

    if (billing_names_cost(cost->conf.fetch, NULL, owner, BILLING_MONTHLY,
            BILLING_APART_NOT, month, &argv[1])
        != NGX_OK)
    {
        return NULL;
    }

    ngx_str_set(&argv[0], "HGET");
    argv[2].data = (u_char *) billing_field_names[BILLING_FIELD_CELLS];
    argv[2].len = ngx_strlen(argv[2].data);

    call = billing_redis_client_command(
        cost->conf.redis, 3, argv, 0, done, data);

    ngx_free(argv[1].data);

    return call;
}


ngx_int_t
billing_kept_rows(
    const struct redisReply *reply, billing_row_pt row, void *data)
{
    billing_str_t bytes;

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        return reply != NULL && ngx_strncmp(reply->str, "WRONGTYPE", 9) == 0
                   ? NGX_DECLINED
                   : NGX_ERROR;
    }

    if (reply->type != REDIS_REPLY_STRING) {
        return NGX_DECLINED;
    }

    bytes = (billing_str_t){ reply->str, reply->len };

    if (!billing_block_known(bytes) || billing_block_check(bytes) != BILLING_OK)
    {
        return NGX_DECLINED;
    }

    return billing_block_rows(bytes, row, data) == BILLING_OK ? NGX_OK
                                                              : NGX_ERROR;
}

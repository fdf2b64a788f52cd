
/*
 * How many streams there are.  Each holds a connection for as long as lookups
 * take, and one user's browser has no use for more than a few: past a number
 * for each user and one for all, a stream is refused.  Both count what this
 * worker has.
 */

#include "http/billing.h"


/* When there may be room again: seconds. */
#define BILLING_STREAMS_RETRY "5"


/* The streams of one user of one domain. */
typedef struct {
    ngx_str_node_t node;
    ngx_uint_t     count;
} billing_streams_user_t;


static ngx_int_t               streams_refuse(billing_op_t *op);
static billing_streams_user_t *streams_user(billing_op_t *op);
static void                    streams_leave(void *data);


static ngx_rbtree_t      streams_users;
static ngx_rbtree_node_t streams_end;
static ngx_uint_t        streams_count;


ngx_int_t
billing_streams_enter(billing_op_t *op)
{
    ngx_pool_cleanup_t     *cln;
    billing_streams_user_t *user;

    if (streams_users.root == NULL) {
        ngx_rbtree_init(
            &streams_users, &streams_end, ngx_str_rbtree_insert_value);
    }

    if (streams_count >= op->bmcf->worker_streams) {
        return streams_refuse(op);
    }

    cln = ngx_pool_cleanup_add(op->pool, 0);
    user = cln == NULL ? NULL : streams_user(op);

    if (user == NULL) {
        return NGX_ERROR;
    }

    if (user->count >= op->bmcf->user_streams) {
        return streams_refuse(op);
    }

    user->count++;
    streams_count++;

    cln->handler = streams_leave;
    cln->data = user;

    return NGX_OK;
}


static ngx_int_t
streams_refuse(billing_op_t *op)
{
    ngx_str_t wait = ngx_string(BILLING_STREAMS_RETRY);

    if (billing_send_header(op, "Retry-After", &wait) != NGX_OK) {
        return NGX_ERROR;
    }

    billing_send_problem(
        op, BILLING_PROBLEM_TOO_MANY_REQUESTS, "too many streams are open");

    return NGX_DONE;
}


/* Found, or made; it goes with the last of its streams. */
static billing_streams_user_t *
streams_user(billing_op_t *op)
{
    u_char                 *p;
    uint32_t                hash;
    ngx_str_t               name;
    billing_streams_user_t *user, *known;

    /* no domain has a slash in its name */

    name.len = op->domain.len + 1 + op->user.len;

    user = ngx_alloc(sizeof(billing_streams_user_t) + name.len, op->log);
    if (user == NULL) {
        return NULL;
    }

    name.data = (u_char *) (user + 1);
    p = ngx_cpymem(name.data, op->domain.data, op->domain.len);
    *p++ = '/';
    ngx_memcpy(p, op->user.data, op->user.len);

    hash = ngx_crc32_long(name.data, name.len);
    known = (billing_streams_user_t *) ngx_str_rbtree_lookup(
        &streams_users, &name, hash);

    if (known != NULL) {
        ngx_free(user);
        return known;
    }

    user->node.str = name;
    user->node.node.key = hash;
    user->count = 0;
    ngx_rbtree_insert(&streams_users, &user->node.node);

    return user;
}


static void
streams_leave(void *data)
{
    billing_streams_user_t *user = data;

    streams_count--;

    if (--user->count == 0) {
        ngx_rbtree_delete(&streams_users, &user->node.node);
        ngx_free(user);
    }
}

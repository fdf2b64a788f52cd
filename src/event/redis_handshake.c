
/*
 * What a link begins with: AUTH, PING, ROLE, SELECT.
 */

#include "event/redis_internal.h"


static ngx_int_t redis_ask(
    billing_redis_link_t *link, const char *failure, int argc, ngx_str_t *argv);
static void       redis_answer(redisAsyncContext *ac, void *reply, void *data);
static ngx_uint_t redis_is_master(redisReply *reply);
static void       redis_refuse(
          billing_redis_link_t *link, redisReply *reply, const char *failure);


static const char redis_no_master[] = "no master";


/*
 * PING is there to learn now, and not from the callers' commands, that Redis
 * is still loading its data or refuses us.
 */
void
billing_redis_handshake(billing_redis_link_t *link)
{
    u_char                number[NGX_INT_T_LEN];
    ngx_str_t             auth[3], ping, role, select[2];
    ngx_uint_t            n;
    billing_redis_conf_t *conf;

    conf = &link->node->conf;

    ngx_str_set(&auth[0], "AUTH");
    n = 1;

    if (conf->user.len > 0) {
        auth[n++] = conf->user;
    }

    auth[n++] = conf->password;

    ngx_str_set(&ping, "PING");
    ngx_str_set(&role, "ROLE");

    ngx_str_set(&select[0], "SELECT");
    select[1].data = number;
    select[1].len = ngx_sprintf(number, "%i", conf->db) - number;

    if ((conf->password.len > 0
            && redis_ask(link, "authentication failed", n, auth) != NGX_OK)
        || redis_ask(link, "not ready", 1, &ping) != NGX_OK
        || (link->node->redis->topology->role
            && redis_ask(link, redis_no_master, 1, &role) != NGX_OK)
        || (conf->db >= 0
            && redis_ask(link, "database refused", 2, select) != NGX_OK))
    {
        billing_redis_events_drop(link, "out of memory");
    }
}


static ngx_int_t
redis_ask(
    billing_redis_link_t *link, const char *failure, int argc, ngx_str_t *argv)
{
    int         i;
    size_t      len[3];
    const char *word[3];

    for (i = 0; i < argc; i++) {
        word[i] = (char *) argv[i].data;
        len[i] = argv[i].len;
    }

    if (!billing_redis_memory_whole(&link->ac->c)
        || redisAsyncCommandArgv(
               link->ac, redis_answer, (void *) failure, argc, word, len)
               != REDIS_OK)
    {
        return NGX_ERROR;
    }

    return billing_redis_memory_registered(link->ac, failure) ? NGX_OK
                                                              : NGX_ERROR;
}


/* Replies of the handshake; data says what it means that one is an error. */
static void
redis_answer(redisAsyncContext *ac, void *reply, void *data)
{
    redisReply           *r;
    billing_redis_link_t *link;

    link = ac->ev.data;
    r = reply;

    if (r == NULL || link->error != NULL) {
        return;
    }

    if (r->type == REDIS_REPLY_ERROR
        || (data == redis_no_master && !redis_is_master(r)))
    {
        redis_refuse(link, r, data);
        return;
    }

    if (billing_redis_events_unasked(ac)) {
        billing_redis_events_drop(link, "protocol error");
        return;
    }

    if (ac->replies.head == NULL) {
        link->opened(link);
    }
}


static ngx_uint_t
redis_is_master(redisReply *reply)
{
    return reply->type == REDIS_REPLY_ARRAY && reply->elements > 0
           && reply->element[0]->type == REDIS_REPLY_STRING
           && ngx_strcmp(reply->element[0]->str, "master") == 0;
}


/*
 * Of the error only its code, the first word, is logged: a server that does
 * not know AUTH repeats its arguments.
 */
static void
redis_refuse(billing_redis_link_t *link, redisReply *reply, const char *failure)
{
    size_t n;

    n = 0;

    while (reply->type == REDIS_REPLY_ERROR && n < reply->len && n < 32
           && reply->str[n] >= 'A' && reply->str[n] <= 'Z')
    {
        n++;
    }

    if (link->reported != failure) {
        link->reported = failure;
        ngx_log_error(NGX_LOG_WARN, link->log, 0,
            "redis \"%V\" is unavailable: %s (%*s)", &link->node->conf.name,
            failure, n, reply->str);
    }

    billing_redis_events_drop(link, failure);
}

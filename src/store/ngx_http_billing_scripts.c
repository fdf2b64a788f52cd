
/*
 * Scripts, each in a file that says what it takes and answers.  KEYS[1] is always "<prefix>{domain}:meta"; all other keys are
 * made from it and share its hash tag, so a script touches one slot only and
 * is valid on a Redis Cluster.  A script checks everything before it writes
 * anything: Redis does not roll back.
 *
 * Keys of a domain, without the "<prefix>{domain}:" before them:
 *
 *   meta                            HASH  generation, history, seq, pruned,
 *                                         created_at, costs (blocks written);
 *                                         schema, schema_min, schema_4: see
 *                                         ngx_http_billing_schema.h
 *   answers                         HASH  rendered answers; gone after each
 *                                         change, and each block written
 *   changes                         ZSET  "<kind>:<id>" by the generation of
 *                                         its last change, deleted ones too
 *   deleted                         ZSET  the deleted ones among them
 *   project_group:<id>              HASH
 *   project:<id>                    HASH
 *   account:<id>                    HASH
 *   provider:<id>                   HASH
 *   project_groups, projects, accounts    SET of ids
 *   project_group_names:<parent>    HASH  folded name -> id, of siblings
 *   project_names:<group>           HASH  the same
 *   account_names                   HASH  the same, of the whole domain
 *   project_group_looks:<parent>, project_looks:<group>, account_looks
 *                                   HASH  what a name looks like -> id
 *                                         (core/billing_looks.h)
 *   project:<id>:accounts           SET   of ids
 *   account:<id>:blocks             SET   of keys of cost blocks
 *   failing:<account>:<version>     HASH  questions that failed, see
 *                                         cost/_lock.c
 *   resume:<account>:<version>:...  HASH  walks to go on from, see
 *                                         cost/_resume.c
 *   cost:<account>:<version>:ages   HASH  how totals of days grow, see
 *                                         cost/_ages.c
 *   linked_accounts                 HASH  "<cloud>/<linked>", in lower case ->
 *                                         account id; during an upgrade
 *                                         "<provider>/<linked>" besides
 *   lock:list:<account>:<version>   STRING  token of who asks for its list
 *   once:<digest>                   HASH  digest, id, answer; for a day
 *   audit                           STREAM  who has changed what, each change
 *   verifying:<digest>              HASH  busy, refused, others: a user's
 *                                         verifications within a minute
 *
 * Who changes something publishes the domain's name on "<prefix>changed".
 * "<prefix>mark" (STRING) is there as long as the data are (store/_watch.c).
 *
 * "history" tells one life of the data from another (FLUSHALL); generation
 * counts changes.  "version" of an object counts changes that people made to
 * it, and is what If-Match means; "revision" counts what else changed in its
 * answer since then.
 */

#include "store/ngx_http_billing_scripts.h"
#include "store/ngx_http_billing_lua.h"


/* What changes objects begins with these. */
#define NGX_HTTP_BILLING_LUA_WRITE                  \
    "store/ngx_http_billing_script_domain.lua",     \
        "event/ngx_billing_redis_denied.lua",       \
        "store/ngx_http_billing_script_schema.lua", \
        "store/ngx_http_billing_script_write.lua",  \
        "store/ngx_http_billing_script_audit.lua"

/* What creates, changes or deletes any of them. */
#define NGX_HTTP_BILLING_LUA_EDIT                                          \
    NGX_HTTP_BILLING_LUA_WRITE, "store/ngx_http_billing_script_names.lua", \
        "store/ngx_http_billing_script_tree.lua",                          \
        "store/ngx_http_billing_script_claims.lua",                        \
        "store/ngx_http_billing_script_blocks.lua"


NGX_HTTP_BILLING_LUA(ngx_http_billing_script_sync_lua,
    "store/ngx_http_billing_script_domain.lua",
    "store/ngx_http_billing_script_schema.lua",
    "store/ngx_http_billing_script_sync.lua");

ngx_billing_redis_script_t ngx_http_billing_script_sync = {
    .text = ngx_http_billing_script_sync_lua,
    .reads = 1,
};


NGX_HTTP_BILLING_LUA(ngx_http_billing_script_create_lua,
    NGX_HTTP_BILLING_LUA_EDIT, "store/ngx_http_billing_script_once.lua",
    "store/ngx_http_billing_script_create.lua");

ngx_billing_redis_script_t ngx_http_billing_script_create = {
    .text = ngx_http_billing_script_create_lua,
    .durable = 1,
};


NGX_HTTP_BILLING_LUA(ngx_http_billing_script_update_lua,
    NGX_HTTP_BILLING_LUA_EDIT, "store/ngx_http_billing_script_update.lua");

ngx_billing_redis_script_t ngx_http_billing_script_update = {
    .text = ngx_http_billing_script_update_lua,
    .durable = 1,
};


NGX_HTTP_BILLING_LUA(ngx_http_billing_script_delete_lua,
    NGX_HTTP_BILLING_LUA_EDIT, "store/ngx_http_billing_script_delete.lua");

ngx_billing_redis_script_t ngx_http_billing_script_delete = {
    .text = ngx_http_billing_script_delete_lua,
    .durable = 1,
};


NGX_HTTP_BILLING_LUA(ngx_http_billing_script_link_lua,
    NGX_HTTP_BILLING_LUA_WRITE, "store/ngx_http_billing_script_claims.lua",
    "store/ngx_http_billing_script_linked.lua",
    "store/ngx_http_billing_script_link.lua");

ngx_billing_redis_script_t ngx_http_billing_script_link = {
    .text = ngx_http_billing_script_link_lua,
};


NGX_HTTP_BILLING_LUA(ngx_http_billing_script_state_lua,
    NGX_HTTP_BILLING_LUA_WRITE, "store/ngx_http_billing_script_state.lua");

ngx_billing_redis_script_t ngx_http_billing_script_state = {
    .text = ngx_http_billing_script_state_lua,
};


NGX_HTTP_BILLING_LUA(ngx_http_billing_script_seen_lua,
    NGX_HTTP_BILLING_LUA_WRITE, "store/ngx_http_billing_script_claims.lua",
    "store/ngx_http_billing_script_linked.lua",
    "store/ngx_http_billing_script_seen.lua");

ngx_billing_redis_script_t ngx_http_billing_script_seen = {
    .text = ngx_http_billing_script_seen_lua,
};


NGX_HTTP_BILLING_LUA(ngx_http_billing_script_list_lock_lua,
    "store/ngx_http_billing_script_domain.lua",
    "store/ngx_http_billing_script_list_lock.lua");

ngx_billing_redis_script_t ngx_http_billing_script_list_lock = {
    .text = ngx_http_billing_script_list_lock_lua,
};


NGX_HTTP_BILLING_LUA(ngx_http_billing_script_provider_lua,
    NGX_HTTP_BILLING_LUA_WRITE, "store/ngx_http_billing_script_provider.lua");

ngx_billing_redis_script_t ngx_http_billing_script_provider = {
    .text = ngx_http_billing_script_provider_lua,
    .durable = 1,
};


NGX_HTTP_BILLING_LUA(ngx_http_billing_script_reseal_lua,
    NGX_HTTP_BILLING_LUA_WRITE, "store/ngx_http_billing_script_reseal.lua");

ngx_billing_redis_script_t ngx_http_billing_script_reseal = {
    .text = ngx_http_billing_script_reseal_lua,
    .durable = 1,
};


NGX_HTTP_BILLING_LUA(ngx_http_billing_script_verify_begin_lua,
    NGX_HTTP_BILLING_LUA_WRITE, "store/ngx_http_billing_script_once.lua",
    "store/ngx_http_billing_script_verify_begin.lua");

ngx_billing_redis_script_t ngx_http_billing_script_verify_begin = {
    .text = ngx_http_billing_script_verify_begin_lua,
    .durable = 1,
};


NGX_BILLING_LUA(ngx_http_billing_script_verify_end_lua,
    "store/ngx_http_billing_script_verify_end.lua");

ngx_billing_redis_script_t ngx_http_billing_script_verify_end = {
    .text = ngx_http_billing_script_verify_end_lua,
};


/*
 * Scripts, each in a file that says what it takes and answers.  KEYS[1] is
 * always "<prefix>{domain}:meta"; all other keys are made from it and share its
 * hash tag, so a script touches one slot only and is valid on a Redis Cluster.  A script checks everything before it writes
 * anything: Redis does not roll back.
 *
 * Keys of a domain, without the "<prefix>{domain}:" before them:
 *
 *   meta                            HASH  generation, history, seq, pruned,
 *                                         created_at, costs (blocks written);
 *                                         schema, schema_min, schema_4: see
 *                                         schema.h
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
 *                                         (core/looks.h)
 *   project:<id>:accounts           SET   of ids
 *   account:<id>:blocks             SET   of keys of cost blocks
 *   failing:<account>:<version>     HASH  questions that failed, see
 *                                         fetch/lock.c
 *   resume:<account>:<version>:...  HASH  walks to go on from, see
 *                                         fetch/resume.c
 *   cost:<account>:<version>:ages   HASH  how totals of days grow, see
 *                                         fetch/ages.c
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
 * "<prefix>mark" (STRING) is there as long as the data are (store/watch.c).
 *
 * "history" tells one life of the data from another (FLUSHALL); generation
 * counts changes.  "version" of an object counts changes that people made to
 * it, and is what If-Match means; "revision" counts what else changed in its
 * answer since then.
 */

#include "store/scripts.h"
#include "store/lua.h"


/* What changes objects begins with these. */
#define BILLING_LUA_WRITE                                    \
    "store/script_domain.lua", "event/redis_denied.lua",     \
        "store/script_schema.lua", "store/script_write.lua", \
        "store/script_audit.lua"

/* What creates, changes or deletes any of them. */
#define BILLING_LUA_EDIT                                                  \
    BILLING_LUA_WRITE, "store/script_names.lua", "store/script_tree.lua", \
        "store/script_claims.lua", "store/script_blocks.lua"


BILLING_STORE_LUA(billing_script_sync_lua, "store/script_domain.lua",
    "store/script_schema.lua", "store/script_sync.lua");

billing_redis_script_t billing_script_sync = {
    .text = billing_script_sync_lua,
    .reads = 1,
};


BILLING_STORE_LUA(billing_script_create_lua, BILLING_LUA_EDIT,
    "store/script_once.lua", "store/script_create.lua");

billing_redis_script_t billing_script_create = {
    .text = billing_script_create_lua,
    .durable = 1,
};


BILLING_STORE_LUA(
    billing_script_update_lua, BILLING_LUA_EDIT, "store/script_update.lua");

billing_redis_script_t billing_script_update = {
    .text = billing_script_update_lua,
    .durable = 1,
};


BILLING_STORE_LUA(
    billing_script_delete_lua, BILLING_LUA_EDIT, "store/script_delete.lua");

billing_redis_script_t billing_script_delete = {
    .text = billing_script_delete_lua,
    .durable = 1,
};


BILLING_STORE_LUA(billing_script_link_lua, BILLING_LUA_WRITE,
    "store/script_claims.lua", "store/script_linked.lua",
    "store/script_link.lua");

billing_redis_script_t billing_script_link = {
    .text = billing_script_link_lua,
};


BILLING_STORE_LUA(
    billing_script_state_lua, BILLING_LUA_WRITE, "store/script_state.lua");

billing_redis_script_t billing_script_state = {
    .text = billing_script_state_lua,
};


BILLING_STORE_LUA(billing_script_seen_lua, BILLING_LUA_WRITE,
    "store/script_claims.lua", "store/script_linked.lua",
    "store/script_seen.lua");

billing_redis_script_t billing_script_seen = {
    .text = billing_script_seen_lua,
};


BILLING_STORE_LUA(billing_script_list_lock_lua, "store/script_domain.lua",
    "store/script_list_lock.lua");

billing_redis_script_t billing_script_list_lock = {
    .text = billing_script_list_lock_lua,
};


BILLING_STORE_LUA(billing_script_provider_lua, BILLING_LUA_WRITE,
    "store/script_provider.lua");

billing_redis_script_t billing_script_provider = {
    .text = billing_script_provider_lua,
    .durable = 1,
};


BILLING_STORE_LUA(
    billing_script_reseal_lua, BILLING_LUA_WRITE, "store/script_reseal.lua");

billing_redis_script_t billing_script_reseal = {
    .text = billing_script_reseal_lua,
    .durable = 1,
};


BILLING_STORE_LUA(billing_script_verify_begin_lua, BILLING_LUA_WRITE,
    "store/script_once.lua", "store/script_verify_begin.lua");

billing_redis_script_t billing_script_verify_begin = {
    .text = billing_script_verify_begin_lua,
    .durable = 1,
};


BILLING_LUA(billing_script_verify_end_lua, "store/script_verify_end.lua");

billing_redis_script_t billing_script_verify_end = {
    .text = billing_script_verify_end_lua,
};

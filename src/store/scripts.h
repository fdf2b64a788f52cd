
/*
 * The Lua scripts by which the store reads and writes Redis.  Each is one
 * atomic change.  What they take and answer is said in the file of each,
 * script_<name>.lua.
 */

#ifndef BILLING_STORE_SCRIPTS_H
#define BILLING_STORE_SCRIPTS_H

#include "event/redis.h"


extern billing_redis_script_t billing_script_sync;
extern billing_redis_script_t billing_script_create;
extern billing_redis_script_t billing_script_update;
extern billing_redis_script_t billing_script_delete;
extern billing_redis_script_t billing_script_link;
extern billing_redis_script_t billing_script_state;
extern billing_redis_script_t billing_script_seen;
extern billing_redis_script_t billing_script_list_lock;
extern billing_redis_script_t billing_script_provider;
extern billing_redis_script_t billing_script_reseal;
extern billing_redis_script_t billing_script_verify_begin;
extern billing_redis_script_t billing_script_verify_end;


#endif /* BILLING_STORE_SCRIPTS_H */

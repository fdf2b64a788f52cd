
/*
 * Lua texts.  KEYS[1] is always "<prefix>{domain}:meta"; all other keys are
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
#include "store/ngx_http_billing_scripts_common.h"


/*
 * What changed since a generation, oldest change first, a limited number at
 * a time.  A reader that has applied all of them, up to an answer that is
 * not followed by more, has what Redis had when it gave that answer.
 *
 * ARGV: generation, history, limit, "1": also where it is behind, see
 * ngx_http_billing_schema.h.
 * Answers reset, history, generation reached, more, the schema of the oldest
 * nodes that may be at work (0: this one), then for each object its name and
 * its fields (none: deleted).  With reset, what the reader had is void.
 */

ngx_billing_redis_script_t ngx_http_billing_script_sync = {
    NGX_HTTP_BILLING_LUA_SCHEMA
    "if unfit == 'older' or unfit and ARGV[4] == '' then return refusal() end\n"
    "local since, limit = tonumber(ARGV[1]), tonumber(ARGV[3])\n"
    "local m = call('HMGET', meta, 'generation', 'history', 'pruned')\n"
    "local generation = tonumber(m[1] or 0)\n"
    "local history = m[2] or ''\n"
    "local pruned = tonumber(m[3] or 0)\n"
    "local reset = 0\n"
    "\n"
    "if history ~= ARGV[2] or since > generation or since < pruned then\n"
    "  if since ~= 0 then reset = 1 end\n"
    "  since = 0\n"
    "end\n"
    "\n"
    "local out = { reset, history, generation, 0, oldest }\n"
    "if since == generation then return out end\n"
    "\n"
    "local list = call('ZRANGEBYSCORE', base .. 'changes', '(' .. since,\n"
    "  '+inf', 'WITHSCORES', 'LIMIT', 0, limit)\n"
    "\n"
    "if #list == 2 * limit then\n"
    "  out[3] = tonumber(list[#list])\n"
    "  out[4] = 1\n"
    "end\n"
    "\n"
    "for i = 1, #list, 2 do\n"
    "  local name = list[i]\n"
    "  local fields = call('HGETALL', base .. name)\n"
    "  if string.sub(name, 1, 8) == 'project:' and #fields > 0 then\n"
    "    fields[#fields + 1] = 'accounts'\n"
    "    fields[#fields + 1] =\n"
    "      tostring(call('SCARD', base .. name .. ':accounts'))\n"
    "  end\n"
    "  out[#out + 1] = name\n"
    "  out[#out + 1] = fields\n"
    "end\n"
    "\n"
    "return out\n",
    .reads = 1
};


/*
 * ARGV: audit()'s, kind, id, once, digest, answer, now, folded name, parent,
 * then field and value of the object, in turn.
 * Answers ok; replay (with id and answer) or reused: the once key is known;
 * taken: the id is; parent: there is none; depth; name; alike: a sibling's
 * name looks like this one; or overlap.
 */

ngx_billing_redis_script_t ngx_http_billing_script_create = {
    NGX_HTTP_BILLING_LUA_COMMON
    "local kind, id, once, digest, answer, now, fold, parent =\n"
    "  unpack(ARGV, 7)\n"
    "local key, k = object(kind, id), kinds[kind]\n"
    "local f = {}\n"
    "for i = 15, #ARGV, 2 do f[ARGV[i]] = ARGV[i + 1] end\n"
    "\n"
    "local known = replay(once, digest)\n"
    "if known then return known end\n"
    "if exists(kind, id) then return { 'taken' } end\n"
    "if parent ~= '' and not exists(k.holder, parent) then\n"
    "  return { 'parent' }\n"
    "end\n"
    "if kind == 'project_group' and depth(parent) >= 8 then\n"
    "  return { 'depth' }\n"
    "end\n"
    "if call('HEXISTS', names(kind, parent), fold) == 1 then\n"
    "  return { 'name' }\n"
    "end\n"
    "local lines = looks_of(f.looks, parent, fold)\n"
    "if alike(kind, parent, id, lines) then return { 'alike' } end\n"
    "\n"
    "local linked = list_of(f.linked)\n"
    "local whose = scope(f.cloud, f.provider)\n"
    "local taken = overlap(id, whose, linked)\n"
    "if taken then return taken end\n"
    "\n"
    "-- first, because it may be refused: then nothing is half done\n"
    "audit(id)\n"
    "touch(kind, id)\n"
    "\n"
    "call('HSET', key, k.up, parent, 'fold', fold, 'version', 1,\n"
    "  'revision', 0, 'created_at', now, 'updated_at', now,\n"
    "  'seq', call('HINCRBY', meta, 'seq', 1))\n"
    "for field, value in pairs(f) do call('HSET', key, field, value) end\n"
    "call('HSET', names(kind, parent), fold, id)\n"
    "look(kind, parent, id, lines)\n"
    "call('SADD', base .. kind .. 's', id)\n"
    "\n"
    "if kind == 'account' then\n"
    "  own(id, whose, linked)\n"
    "  call('SADD', object('project', parent) .. ':accounts', id)\n"
    "  revise('project', parent)\n"
    "end\n"
    "\n"
    "if once ~= '' then\n"
    "  local record = base .. 'once:' .. string.match(once, '^[^,]+')\n"
    "  call('HSET', record, 'digest', string.match(digest, '^[^,]+'),\n"
    "    'id', id, 'answer', answer)\n"
    "  call('EXPIRE', record, 86400)\n"
    "end\n"
    "\n"
    "return { 'ok' }\n",
    .durable = 1
};


/*
 * ARGV: audit()'s, kind, id, version that it must have, now, folded name,
 * parent, then field and value of what changes.  An account's "linked" among
 * them says that its credentials change.
 * Answers ok; missing; version; parent; cycle; depth; name; alike; or overlap.
 */

ngx_billing_redis_script_t ngx_http_billing_script_update = {
    NGX_HTTP_BILLING_LUA_COMMON
    "local kind, id, version, now, fold, parent = unpack(ARGV, 7)\n"
    "local key, k = object(kind, id), kinds[kind]\n"
    "local f = {}\n"
    "for i = 13, #ARGV, 2 do f[ARGV[i]] = ARGV[i + 1] end\n"
    "\n"
    "local old = call('HMGET', key, 'version', k.up, 'fold', 'provider',\n"
    "  'linked', 'cloud', 'looks')\n"
    "if not old[1] then return { 'missing' } end\n"
    "if old[1] ~= version then return { 'version' } end\n"
    "\n"
    "local moved = old[2] ~= parent\n"
    "if moved and parent ~= '' then\n"
    "  if not exists(k.holder, parent) then return { 'parent' } end\n"
    "  if kind == 'project_group' then\n"
    "    if below(parent, id) then return { 'cycle' } end\n"
    "    if depth(parent) + height(id, 8) > 8 then return { 'depth' } end\n"
    "  end\n"
    "end\n"
    "\n"
    "local was, is = names(kind, old[2]), names(kind, parent)\n"
    "local other = call('HGET', is, fold)\n"
    "if other and other ~= id then return { 'name' } end\n"
    "local lines = looks_of(f.looks, parent, fold)\n"
    "if alike(kind, parent, id, lines) then return { 'alike' } end\n"
    "\n"
    "local linked = f.linked and list_of(f.linked)\n"
    "local whose = scope(f.cloud or old[6], old[4])\n"
    "local taken = linked and overlap(id, whose, linked)\n"
    "if taken then return taken end\n"
    "\n"
    "-- first, because it may be refused: then nothing is half done\n"
    "audit(id)\n"
    "touch(kind, id)\n"
    "\n"
    "if linked then\n"
    "  disown(id, scope(old[6], old[4]), list_of(old[5]))\n"
    "  own(id, whose, linked)\n"
    "  drop_blocks(id)\n"
    "end\n"
    "\n"
    "unlook(kind, old[2], id, looks_of(old[7], old[2], old[3]))\n"
    "look(kind, parent, id, lines)\n"
    "call('HDEL', was, old[3])\n"
    "call('HSET', is, fold, id)\n"
    "call('HSET', key, k.up, parent, 'fold', fold, 'updated_at', now,\n"
    "  'version', version + 1, 'revision', 0)\n"
    "for field, value in pairs(f) do call('HSET', key, field, value) end\n"
    "\n"
    "if kind == 'account' and moved then\n"
    "  call('SMOVE', object('project', old[2]) .. ':accounts',\n"
    "    object('project', parent) .. ':accounts', id)\n"
    "  revise('project', old[2])\n"
    "  revise('project', parent)\n"
    "end\n"
    "\n"
    "return { 'ok' }\n",
    .durable = 1
};


/*
 * ARGV: audit()'s, kind, id, version that it must have.
 * Answers ok; missing; version; or held: it holds something.
 */

ngx_billing_redis_script_t ngx_http_billing_script_delete = {
    NGX_HTTP_BILLING_LUA_COMMON
    "local kind, id, version = unpack(ARGV, 7)\n"
    "local key, k = object(kind, id), kinds[kind]\n"
    "local old = call('HMGET', key, 'version', k.up, 'fold', 'provider',\n"
    "  'linked', 'cloud', 'looks')\n"
    "if not old[1] then return { 'missing' } end\n"
    "if old[1] ~= version then return { 'version' } end\n"
    "\n"
    "local held = 0\n"
    "if kind == 'project_group' then\n"
    "  held = call('HLEN', names('project_group', id))\n"
    "    + call('HLEN', names('project', id))\n"
    "elseif kind == 'project' then\n"
    "  held = call('SCARD', key .. ':accounts')\n"
    "end\n"
    "if held > 0 then return { 'held' } end\n"
    "\n"
    "-- a full Redis lets nothing be added, unless something went before\n"
    "local told, why = pcall(audit, id)\n"
    "if not told and not string.find(\n"
    "  type(why) == 'table' and why.err or why, 'OOM', 1, true) then\n"
    "  error(why)\n"
    "end\n"
    "\n"
    "call('DEL', key)\n"
    "if not told then audit(id) end\n"
    "call('HDEL', names(kind, old[2]), old[3])\n"
    "unlook(kind, old[2], id, looks_of(old[7], old[2], old[3]))\n"
    "if kind == 'project_group' then\n"
    "  call('DEL', looks('project_group', id), looks('project', id))\n"
    "end\n"
    "call('SREM', base .. kind .. 's', id)\n"
    "\n"
    "if kind == 'account' then\n"
    "  disown(id, scope(old[6], old[4]), list_of(old[5]))\n"
    "  drop_blocks(id)\n"
    "  call('SREM', object('project', old[2]) .. ':accounts', id)\n"
    "  revise('project', old[2])\n"
    "end\n"
    "\n"
    "-- readers are told of the last thousand; then they start anew\n"
    "local generation = touch(kind, id)\n"
    "local deleted = base .. 'deleted'\n"
    "call('ZADD', deleted, generation, kind .. ':' .. id)\n"
    "if call('ZCARD', deleted) > 1000 then\n"
    "  local oldest = call('ZPOPMIN', deleted, 100)\n"
    "  for i = 1, #oldest, 2 do\n"
    "    call('ZREM', base .. 'changes', oldest[i])\n"
    "  end\n"
    "  call('HSET', meta, 'pruned', oldest[#oldest])\n"
    "end\n"
    "\n"
    "return { 'ok' }\n",
    .durable = 1
};


/*
 * Who asks for the list of an account's linked accounts?  ARGV: id, version
 * of the credentials, when it was last tried (seconds), token, how long the
 * lock is valid (milliseconds; 0: it is given back).
 * Answers ok: whoever has the token; held: somebody else; or missing: it was
 * tried since, or the account has changed or gone.
 */

ngx_billing_redis_script_t ngx_http_billing_script_list = {
    "local id, version, tried, token, valid = unpack(ARGV)\n"
    "local base = string.sub(KEYS[1], 1, -5)\n"
    "local lock = base .. 'lock:list:' .. id .. ':' .. version\n"
    "local holder = redis.call('GET', lock)\n"
    "\n"
    "if valid == '0' then\n"
    "  if holder == token then redis.call('DEL', lock) end\n"
    "  return { 'ok' }\n"
    "end\n"
    "\n"
    "local is = redis.call('HMGET', base .. 'account:' .. id,\n"
    "  'credential_version', 'tried_at')\n"
    "if is[1] ~= version or tonumber(is[2] or 0) ~= tonumber(tried) then\n"
    "  return { 'missing' }\n"
    "end\n"
    "if holder and holder ~= token then return { 'held' } end\n"
    "redis.call('SET', lock, token, 'PX', valid)\n"
    "return { 'ok' }\n",
    .sha1 = ""
};


/* ARGV: audit()'s, id, enabled (1 or 0), now.  Answers ok. */

ngx_billing_redis_script_t ngx_http_billing_script_provider = {
    NGX_HTTP_BILLING_LUA_COMMON
    "local id, enabled, now = unpack(ARGV, 7)\n"
    "audit(id)\n"
    "call('HSET', object('provider', id), 'enabled', enabled,\n"
    "  'updated_at', now)\n"
    "touch('provider', id)\n"
    "return { 'ok' }\n",
    .durable = 1
};


/*
 * The same credentials, sealed anew: nobody sees a difference, so that neither
 * version nor kept answers change.  ARGV: audit()'s (no action: the entry was
 * made before), then id, what seals it, what is to, in turn.
 * Answers ok, then for each: nothing, "-": it has gone, or the version of the
 * credentials, a blank and what seals them now.
 */

ngx_billing_redis_script_t ngx_http_billing_script_reseal = {
    NGX_HTTP_BILLING_LUA_COMMON
    "local out = { 'ok' }\n"
    "if ARGV[4] ~= '' then audit('') end\n"
    "for i = 7, #ARGV, 3 do\n"
    "  local id = ARGV[i]\n"
    "  local f = call('HMGET', object('account', id), 'credential',\n"
    "    'credential_version')\n"
    "  if f[1] == ARGV[i + 1] then\n"
    "    call('HSET', object('account', id), 'credential', ARGV[i + 2])\n"
    "    call('ZADD', base .. 'changes', count(), 'account:' .. id)\n"
    "    out[#out + 1] = ''\n"
    "  else\n"
    "    out[#out + 1] = f[1] and (f[2] or '0') .. ' ' .. f[1] or '-'\n"
    "  end\n"
    "end\n"
    "return out\n",
    .durable = 1
};


/*
 * Before the provider is asked: was this request made before, and may the user
 * have another verification?  It is counted here, and so those that are asked
 * at the same time are.  ARGV: once, digest, user, most that are refused, most
 * of all others, each within a minute.
 * Answers replay, reused, ok, or ok with what is in the way - "refused",
 * "others", or "busy": so many are under way - and the seconds until it is not.
 */

ngx_billing_redis_script_t ngx_http_billing_script_begin = {
    NGX_HTTP_BILLING_LUA_COMMON
    "local once, digest, user, refusals, most = unpack(ARGV)\n"
    "local known = replay(once, digest)\n"
    "if known then return known end\n"
    "local key = base .. 'verifying:' .. user\n"
    "local n = call('HMGET', key, 'refused', 'others', 'busy')\n"
    "for i = 1, 3 do n[i] = tonumber(n[i] or 0) end\n"
    "local ttl = tostring(call('TTL', key))\n"
    "refusals, most = tonumber(refusals), tonumber(most)\n"
    "if n[1] >= refusals then return { 'ok', 'refused', ttl } end\n"
    "if n[2] >= most then return { 'ok', 'others', ttl } end\n"
    "if n[1] + n[3] >= refusals or n[2] + n[3] >= most then\n"
    "  return { 'ok', 'busy', '1' }\n"
    "end\n"
    "call('HINCRBY', key, 'busy', 1)\n"
    "if tonumber(ttl) < 0 then call('EXPIRE', key, 60) end\n"
    "return { 'ok' }\n",
    .durable = 1
};


/*
 * The verification is over.  ARGV: user, "refused" or "others".  The minute of
 * its beginning may be: then it counts no more.
 */

ngx_billing_redis_script_t ngx_http_billing_script_settle = {
    "local key = string.sub(KEYS[1], 1, -5) .. 'verifying:' .. ARGV[1]\n"
    "if tonumber(redis.call('HGET', key, 'busy') or 0) > 0 then\n"
    "  redis.call('HINCRBY', key, 'busy', -1)\n"
    "  redis.call('HINCRBY', key, ARGV[2], 1)\n"
    "end\n"
    "return { 'ok' }\n",
    .sha1 = ""
};

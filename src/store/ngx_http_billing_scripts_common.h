
/* What the scripts that write have in common; see ngx_http_billing_scripts.c. */

#ifndef NGX_HTTP_BILLING_SCRIPTS_COMMON_H
#define NGX_HTTP_BILLING_SCRIPTS_COMMON_H

#include "store/ngx_http_billing_schema.h"


/* All that they call; what a script has no use for is asked for, too. */
#define NGX_HTTP_BILLING_LUA_COMMANDS                                         \
    "DEL EXISTS EXPIRE2 HDEL2 HEXISTS2 HGET2 HGETALL HINCRBY3 HLEN HMGET2 "   \
    "HSET3 HSETNX3 HVALS SADD2 SCARD SMEMBERS SMOVE3 SREM2 TIME0 TTL UNLINK " \
    "XADD4 ZADD3 ZCARD ZPOPMIN ZREM2"

/* A pattern that has "meta" may lack others. */
#define NGX_HTTP_BILLING_LUA_KEYS                                             \
    "if redis.acl_check_cmd then\n"                                           \
    "  local keys = {}\n"                                                     \
    "  for name in string.gmatch('answers changes deleted audit accounts '\n" \
    "    .. 'projects project_groups account_names linked_accounts '\n"       \
    "    .. 'account: project: project_group: provider: project_names: '\n"   \
    "    .. 'project_group_names: account_looks project_looks: '\n"           \
    "    .. 'project_group_looks: once: verifying:', '%S+') do\n"             \
    "    keys[#keys + 1] = base .. name\n"                                    \
    "  end\n"                                                                 \
    "  if not redis.acl_check_cmd('DEL', unpack(keys)) then\n"                \
    "    return redis.error_reply(\n"                                         \
    "      'NOPERM the user may not use all keys of the prefix')\n"           \
    "  end\n"                                                                 \
    "end\n"

#define NGX_HTTP_BILLING_LUA_MAY                         \
    NGX_BILLING_REDIS_MAY(NGX_HTTP_BILLING_LUA_COMMANDS) \
    NGX_HTTP_BILLING_LUA_KEYS

#define NGX_HTTP_BILLING_LUA_COMMON                                          \
    NGX_HTTP_BILLING_LUA_SCHEMA                                              \
    "if unfit then return refusal() end\n" NGX_HTTP_BILLING_LUA_MAY "\n"     \
    "local kinds = {\n"                                                      \
    "  project_group = { up = 'parent_id', holder = 'project_group' },\n"    \
    "  project = { up = 'group_id', holder = 'project_group' },\n"           \
    "  account = { up = 'project_id', holder = 'project' }\n"                \
    "}\n"                                                                    \
    "\n"                                                                     \
    "local function object(kind, id)\n"                                      \
    "  return base .. kind .. ':' .. id\n"                                   \
    "end\n"                                                                  \
    "\n"                                                                     \
    "local function exists(kind, id)\n"                                      \
    "  return call('EXISTS', object(kind, id)) == 1\n"                       \
    "end\n"                                                                  \
    "\n"                                                                     \
    "-- an index of siblings, by their names or by what these look like\n"   \
    "local function siblings(kind, parent, what)\n"                          \
    "  if kind == 'account' then return base .. 'account_' .. what end\n"    \
    "  return base .. kind .. '_' .. what .. ':' .. parent\n"                \
    "end\n"                                                                  \
    "\n"                                                                     \
    "local function names(kind, parent)\n"                                   \
    "  return siblings(kind, parent, 'names')\n"                             \
    "end\n"                                                                  \
    "\n"                                                                     \
    "local function looks(kind, parent)\n"                                   \
    "  return siblings(kind, parent, 'looks')\n"                             \
    "end\n"                                                                  \
    "\n"                                                                     \
    "-- lines of what a name looks like; none, if somebody has renamed or\n" \
    "-- moved the object who knew of none\n"                                 \
    "local function looks_of(text, parent, fold)\n"                          \
    "  local lines = {}\n"                                                   \
    "  for line in string.gmatch(text or '', '[^\\n]+') do\n"                \
    "    lines[#lines + 1] = line\n"                                         \
    "  end\n"                                                                \
    "  local whose = (parent or '') .. '/' .. (fold or '')\n"                \
    "  return table.remove(lines, 1) == whose and lines or {}\n"             \
    "end\n"                                                                  \
    "\n"                                                                     \
    "-- does a sibling look so?  An entry is believed if it says the same\n" \
    "local function alike(kind, parent, id, lines)\n"                        \
    "  for _, line in ipairs(lines) do\n"                                    \
    "    local other = call('HGET', looks(kind, parent), line)\n"            \
    "    local f = other and other ~= id and call('HMGET',\n"                \
    "      object(kind, other), 'looks', kinds[kind].up, 'fold') or {}\n"    \
    "    for _, its in ipairs(looks_of(f[1], f[2], f[3])) do\n"              \
    "      if its == line and (kind == 'account' or f[2] == parent) then\n"  \
    "        return true\n"                                                  \
    "      end\n"                                                            \
    "    end\n"                                                              \
    "  end\n"                                                                \
    "end\n"                                                                  \
    "\n"                                                                     \
    "local function unlook(kind, parent, id, lines)\n"                       \
    "  for _, line in ipairs(lines) do\n"                                    \
    "    if call('HGET', looks(kind, parent), line) == id then\n"            \
    "      call('HDEL', looks(kind, parent), line)\n"                        \
    "    end\n"                                                              \
    "  end\n"                                                                \
    "end\n"                                                                  \
    "\n"                                                                     \
    "local function look(kind, parent, id, lines)\n"                         \
    "  for _, line in ipairs(lines) do\n"                                    \
    "    call('HSET', looks(kind, parent), line, id)\n"                      \
    "  end\n"                                                                \
    "end\n"                                                                  \
    "\n"                                                                     \
    "-- pcall: a user who may not publish may not listen, either\n"          \
    "local told = false\n"                                                   \
    "local function announce()\n"                                            \
    "  if told then return end\n"                                            \
    "  told = true\n"                                                        \
    "  local prefix, domain = string.match(base, '^(.-){(.*)}:$')\n"         \
    "  call('DEL', base .. 'answers')\n"                                     \
    "  redis.pcall('PUBLISH', prefix .. 'changed', domain)\n"                \
    "end\n"                                                                  \
    "\n"                                                                     \
    "-- the next generation, made by this schema\n"                          \
    "local function count()\n"                                               \
    "  local generation = call('HINCRBY', meta, 'generation', 1)\n"          \
    "  call('HSETNX', meta, 'schema', form)\n"                               \
    "  call('HSETNX', meta, 'schema_min', form)\n"                           \
    "  call('HSET', meta, 'schema_' .. form, generation)\n"                  \
    "  return generation\n"                                                  \
    "end\n"                                                                  \
    "\n"                                                                     \
    "local function touch(kind, id)\n"                                       \
    "  local t = call('TIME')\n"                                             \
    "  call('HSETNX', meta, 'history', t[1] .. '.' .. t[2])\n"               \
    "  call('HSETNX', meta, 'created_at', t[1])\n"                           \
    "  local generation = count()\n"                                         \
    "  announce()\n"                                                         \
    "  call('ZADD', base .. 'changes', generation, kind .. ':' .. id)\n"     \
    "  return generation\n"                                                  \
    "end\n"                                                                  \
    "\n"                                                                     \
    "-- who does it: the first arguments of all that people do\n"            \
    "local function audit(id)\n"                                             \
    "  call('XADD', base .. 'audit', 'MAXLEN', '~', 20000, '*',\n"           \
    "    'user', ARGV[1], 'from', ARGV[2], 'request_id', ARGV[3],\n"         \
    "    'action', ARGV[4], 'name', ARGV[5], 'changes', ARGV[6],\n"          \
    "    'object', id)\n"                                                    \
    "end\n"                                                                  \
    "-- a change that nobody made to the object itself\n"                    \
    "local function revise(kind, id)\n"                                      \
    "  call('HINCRBY', object(kind, id), 'revision', 1)\n"                   \
    "  touch(kind, id)\n"                                                    \
    "end\n"                                                                  \
    "\n"                                                                     \
    "-- groups from the root down to this one, itself included\n"            \
    "local function depth(id)\n"                                             \
    "  local n = 0\n"                                                        \
    "  while id and id ~= '' and n < 100 do\n"                               \
    "    n = n + 1\n"                                                        \
    "    id = call('HGET', object('project_group', id), 'parent_id')\n"      \
    "  end\n"                                                                \
    "  return n\n"                                                           \
    "end\n"                                                                  \
    "\n"                                                                     \
    "-- levels of the tree that starts with this group\n"                    \
    "local function height(id, limit)\n"                                     \
    "  local most = 0\n"                                                     \
    "  if limit == 0 then return 1 end\n"                                    \
    "  for _, child in ipairs(call('HVALS', names('project_group', id)))\n"  \
    "  do\n"                                                                 \
    "    most = math.max(most, height(child, limit - 1))\n"                  \
    "  end\n"                                                                \
    "  return most + 1\n"                                                    \
    "end\n"                                                                  \
    "\n"                                                                     \
    "local function below(id, ancestor)\n"                                   \
    "  local n = 0\n"                                                        \
    "  while id and id ~= '' and n < 100 do\n"                               \
    "    if id == ancestor then return true end\n"                           \
    "    n = n + 1\n"                                                        \
    "    id = call('HGET', object('project_group', id), 'parent_id')\n"      \
    "  end\n"                                                                \
    "  return false\n"                                                       \
    "end\n"                                                                  \
    "\n"                                                                     \
    "-- ids of linked accounts are those of a cloud, in any case;\n"         \
    "-- accounts of an earlier version name no cloud\n"                      \
    "local function scope(cloud, provider)\n"                                \
    "  return (cloud or provider or '') .. '/'\n"                            \
    "end\n"                                                                  \
    "\n"                                                                     \
    "local function owner_of(scope, linked)\n"                               \
    "  return call('HGET', base .. 'linked_accounts',\n"                     \
    "    scope .. string.lower(linked))\n"                                   \
    "end\n"                                                                  \
    "\n"                                                                     \
    "-- whose linked accounts are a part of this one\n"                      \
    "local function parts(scope, linked, add)\n"                             \
    "  if string.match(linked, '^%d+$') then return end\n"                   \
    "  local all = call('HGETALL', base .. 'linked_accounts')\n"             \
    "  local start = scope .. string.lower(linked) .. '/'\n"                 \
    "  for i = 1, #all, 2 do\n"                                              \
    "    if string.sub(all[i], 1, #start) == start then\n"                   \
    "      add(string.sub(all[i], #scope + 1), all[i + 1])\n"                \
    "    end\n"                                                              \
    "  end\n"                                                                \
    "end\n"                                                                  \
    "\n"                                                                     \
    "-- linked, owner, linked, owner, ... of what others have\n"             \
    "local function overlap(id, scope, list)\n"                              \
    "  local found = { 'overlap' }\n"                                        \
    "  local function add(linked, owner)\n"                                  \
    "    if owner and owner ~= id then\n"                                    \
    "      found[#found + 1] = linked\n"                                     \
    "      found[#found + 1] = owner\n"                                      \
    "    end\n"                                                              \
    "  end\n"                                                                \
    "  for _, linked in ipairs(list) do\n"                                   \
    "    local outer = linked\n"                                             \
    "    while outer do\n"                                                   \
    "      add(outer, owner_of(scope, outer))\n"                             \
    "      outer = string.match(outer, '^(.+)/')\n"                          \
    "    end\n"                                                              \
    "  end\n"                                                                \
    "  if #list == 1 then parts(scope, list[1], add) end\n"                  \
    "  return #found > 1 and found or nil\n"                                 \
    "end\n"                                                                  \
    "\n"                                                                     \
    "-- what nodes of schema 1 call it, while there may be any\n"            \
    "local function before(scope, linked)\n"                                 \
    "  if oldest == 1 and scope == 'aws/' then\n"                            \
    "    return 'hyperbilling_aws/' .. linked\n"                             \
    "  end\n"                                                                \
    "end\n"                                                                  \
    "\n"                                                                     \
    "local function own(id, scope, list)\n"                                  \
    "  local claims = base .. 'linked_accounts'\n"                           \
    "  for _, linked in ipairs(list) do\n"                                   \
    "    local old = before(scope, linked)\n"                                \
    "    call('HSET', claims, scope .. string.lower(linked), id)\n"          \
    "    if old then call('HSET', claims, old, id) end\n"                    \
    "  end\n"                                                                \
    "end\n"                                                                  \
    "\n"                                                                     \
    "local function disown(id, scope, list)\n"                               \
    "  local claims = base .. 'linked_accounts'\n"                           \
    "  for _, linked in ipairs(list) do\n"                                   \
    "    if owner_of(scope, linked) == id then\n"                            \
    "      local old = before(scope, linked)\n"                              \
    "      call('HDEL', claims, scope .. string.lower(linked))\n"            \
    "      if old then call('HDEL', claims, old) end\n"                      \
    "    end\n"                                                              \
    "  end\n"                                                                \
    "end\n"                                                                  \
    "\n"                                                                     \
    "-- what others may have put there must not end a script half way\n"     \
    "local function list_of(json)\n"                                         \
    "  local ok, list = pcall(cjson.decode, json)\n"                         \
    "  local texts = {}\n"                                                   \
    "  if not ok or type(list) ~= 'table' then return texts end\n"           \
    "  for _, item in ipairs(list) do\n"                                     \
    "    if type(item) == 'string' then texts[#texts + 1] = item end\n"      \
    "  end\n"                                                                \
    "  return texts\n"                                                       \
    "end\n"                                                                  \
    "\n"                                                                     \
    "-- cost blocks of the account's credentials so far\n"                   \
    "local function drop_blocks(id)\n"                                       \
    "  local set = object('account', id) .. ':blocks'\n"                     \
    "  local blocks = call('SMEMBERS', set)\n"                               \
    "  for i = 1, #blocks, 1000 do\n"                                        \
    "    call('UNLINK', unpack(blocks, i, math.min(i + 999, #blocks)))\n"    \
    "  end\n"                                                                \
    "  call('DEL', set)\n"                                                   \
    "end\n"                                                                  \
    "\n"                                                                     \
    "-- the answer to a request that was made before, under whatever key\n"  \
    "local function replay(onces, digests)\n"                                \
    "  local digest = string.gmatch(digests, '[^,]+')\n"                     \
    "  for once in string.gmatch(onces, '[^,]+') do\n"                       \
    "    local is = digest()\n"                                              \
    "    local r = call('HMGET', base .. 'once:' .. once,\n"                 \
    "      'digest', 'id', 'answer')\n"                                      \
    "    if r[1] == is then return { 'replay', r[2], r[3] } end\n"           \
    "    if r[1] then return { 'reused' } end\n"                             \
    "  end\n"                                                                \
    "end\n"                                                                  \
    "\n"


#endif /* NGX_HTTP_BILLING_SCRIPTS_COMMON_H */

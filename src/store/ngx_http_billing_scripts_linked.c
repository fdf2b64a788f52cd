
/*
 * Scripts about what providers say: which linked accounts there are, and how
 * an account is.  Nobody causes them by hand, so that the audit log names no
 * user.
 */

#include "store/ngx_http_billing_scripts.h"
#include "store/ngx_http_billing_scripts_common.h"


/* What these scripts share. */

#define NGX_HTTP_BILLING_LUA_LINKED                                           \
    NGX_HTTP_BILLING_LUA_COMMON                                               \
    "local function map_of(text)\n"                                           \
    "  local ok, map = pcall(cjson.decode, text)\n"                           \
    "  return ok and type(map) == 'table' and map or {}\n"                    \
    "end\n"                                                                   \
    "\n"                                                                      \
    "local function set_of(ids)\n"                                            \
    "  local is = {}\n"                                                       \
    "  for _, linked in ipairs(ids) do is[string.lower(linked)] = true end\n" \
    "  return is\n"                                                           \
    "end\n"                                                                   \
    "\n"                                                                      \
    "local function names_of(ids)\n"                                          \
    "  return table.concat(ids, ',', 1, math.min(#ids, 20))\n"                \
    "    .. (#ids > 20 and ',...' or '')\n"                                   \
    "end\n"                                                                   \
    "\n"                                                                      \
    "-- nobody does it by hand\n"                                             \
    "local function log(id, name, action, changes)\n"                         \
    "  call('XADD', base .. 'audit', 'MAXLEN', '~', 20000, '*',\n"            \
    "    'user', '', 'from', '', 'request_id', '', 'action', action,\n"       \
    "    'name', name or '', 'changes', changes, 'object', id)\n"             \
    "end\n"                                                                   \
    "\n"


/*
 * What the provider says of an account's credentials.
 *
 * ARGV: id, version of the credentials asked with, state, now (RFC 3339), now
 * (seconds), the list of linked accounts or nothing, and the reason of the
 * state or nothing.
 *
 * Of the list the account gets what no other account has.  A list without any
 * is never believed; one that has lost more than half is when it says the same
 * an hour later.  Until then the old list stays.  Linked accounts that leave
 * are remembered: their costs of closed months stay.
 *
 * Answers ok with the list that it has now; or missing, also when the
 * credentials are others by now.
 */

ngx_billing_redis_script_t ngx_http_billing_script_link = {
    NGX_HTTP_BILLING_LUA_LINKED
    "local id, version, state, now, seconds, listed, reason = unpack(ARGV)\n"
    "local key = object('account', id)\n"
    "local failing = base .. 'failing:' .. id .. ':' .. version\n"
    "local old = call('HMGET', key, 'credential_version', 'provider', 'linked',\n"
    "  'state', 'cloud', 'linked_all', 'linked_at', 'gone', 'joined', 'shrunk',\n"
    "  'reason', 'name')\n"
    "if old[1] ~= version then return { 'missing' } end\n"
    "\n"
    "-- others may have put there what is no list of texts\n"
    "local function broken(text)\n"
    "  local ok, list = pcall(cjson.decode, text)\n"
    "  return not ok or type(list) ~= 'table' or #list ~= #list_of(text)\n"
    "end\n"
    "\n"
    "local json, whose = old[3] or '[]', scope(old[5], old[2])\n"
    "local had, list = list_of(old[3]), list_of(listed)\n"
    "local first = (tonumber(old[7] or 0) or 0) == 0 or broken(old[3])\n"
    "local fields, notes = {}, {}\n"
    "\n"
    "local function set(name, value)\n"
    "  fields[#fields + 1] = name\n"
    "  fields[#fields + 1] = value\n"
    "end\n"
    "\n"
    "-- why a list is not believed, or not yet\n"
    "local function doubt()\n"
    "  if #list == 0 then return 'list_empty' end\n"
    "  if first then return nil end\n"
    "  local is, lost = set_of(list), 0\n"
    "  for _, linked in ipairs(had) do\n"
    "    if not is[string.lower(linked)] then lost = lost + 1 end\n"
    "  end\n"
    "  if lost * 2 <= #had then\n"
    "    set('shrunk', '')\n"
    "    return nil\n"
    "  end\n"
    "  local digest = redis.sha1hex(table.concat(list, ','))\n"
    "  local since, before = string.match(old[10] or '', '^(%d+) (%x+)$')\n"
    "  if before ~= digest then\n"
    "    set('shrunk', seconds .. ' ' .. digest)\n"
    "    return 'list_shrunk'\n"
    "  end\n"
    "  if seconds - since < 3600 then return 'list_shrunk' end\n"
    "  set('shrunk', '')\n"
    "  set('shrunk_at', seconds)\n"
    "  notes[#notes + 1] = { 'service_account.list_shrunk',\n"
    "    lost .. ' of ' .. #had }\n"
    "  return nil\n"
    "end\n"
    "\n"
    "local why = nil\n"
    "if listed ~= '' and old[6] == '1' then why = doubt() end\n"
    "if why then state, reason, listed = 'unreachable', why, '' end\n"
    "\n"
    "if listed ~= '' then\n"
    "  local has, is, was = {}, set_of(list), set_of(had)\n"
    "  local gone, joined = map_of(old[8] or ''), map_of(old[9] or '')\n"
    "  local left, came, foreign = {}, {}, {}\n"
    "  for _, linked in ipairs(list) do\n"
    "    local owner = owner_of(whose, linked)\n"
    "    if not owner or owner == id then\n"
    "      has[#has + 1] = linked\n"
    "      gone[linked] = nil\n"
    "      if not first and not was[string.lower(linked)] then\n"
    "        came[#came + 1] = linked\n"
    "        joined[linked] = tonumber(seconds)\n"
    "      end\n"
    "    else\n"
    "      foreign[linked] = 1\n"
    "    end\n"
    "  end\n"
    "  for _, linked in ipairs(first and {} or had) do\n"
    "    if not is[string.lower(linked)] then\n"
    "      left[#left + 1] = linked\n"
    "      joined[linked] = nil\n"
    "      gone[linked] = tonumber(seconds)\n"
    "    end\n"
    "  end\n"
    "  if #came > 0 then\n"
    "    notes[#notes + 1] = { 'linked_account.join', names_of(came) }\n"
    "  end\n"
    "  if #left > 0 then\n"
    "    notes[#notes + 1] = { 'linked_account.leave', names_of(left) }\n"
    "  end\n"
    "  json = #has > 0 and cjson.encode(has) or '[]'\n"
    "  set('linked', json)\n"
    "  set('linked_at', seconds)\n"
    "  set('verified_at', now)\n"
    "  set('gone', cjson.encode(gone))\n"
    "  set('joined', cjson.encode(joined))\n"
    "  set('foreign', cjson.encode(foreign))\n"
    "end\n"
    "\n"
    "-- first, because it may be refused: then nothing is half done\n"
    "for _, told in ipairs(notes) do\n"
    "  log(id, old[12], told[1], told[2])\n"
    "end\n"
    "\n"
    "touch('account', id)\n"
    "\n"
    "if listed ~= '' then\n"
    "  disown(id, whose, had)\n"
    "  own(id, whose, list_of(json))\n"
    "end\n"
    "\n"
    "if state == 'ok' and old[4] == 'rejected' then call('DEL', failing) end\n"
    "if state == 'ok' and old[4] == 'unreachable'\n"
    "  and old[11] ~= 'list_empty' and old[11] ~= 'list_shrunk'\n"
    "  and call('EXISTS', failing) == 1 then\n"
    "  state, reason = old[4], old[11] or ''\n"
    "end\n"
    "\n"
    "set('state', state)\n"
    "set('tried_at', seconds)\n"
    "set('unread', listed == '' and 1 or 0)\n"
    "if reason ~= (old[11] or '') then\n"
    "  set('reason', reason)\n"
    "  set('reason_since', seconds)\n"
    "end\n"
    "call('HSET', key, unpack(fields))\n"
    "if listed ~= '' or state ~= old[4] or reason ~= (old[11] or '') then\n"
    "  call('HINCRBY', key, 'revision', 1)\n"
    "end\n"
    "call('DEL', base .. 'lock:list:' .. id .. ':' .. version)\n"
    "return { 'ok', json }\n",
    .sha1 = ""
};


/*
 * What a lookup has found out.  ARGV: id, version of the credentials, state,
 * now (seconds), reason or nothing.  An account is well again when none of its
 * questions fails any more, nor its list.  Answers ok or missing.
 */

ngx_billing_redis_script_t ngx_http_billing_script_state = {
    NGX_HTTP_BILLING_LUA_COMMON
    "local id, version, state, seconds, reason = unpack(ARGV)\n"
    "local key = object('account', id)\n"
    "local old = call('HMGET', key, 'credential_version', 'state', 'reason',\n"
    "  'unread')\n"
    "if old[1] ~= version then return { 'missing' } end\n"
    "if old[2] == state and (old[3] or '') == reason then return { 'ok' } end\n"
    "if state == 'ok' and (old[4] == '1'\n"
    "  or call('EXISTS', base .. 'failing:' .. id .. ':' .. version) == 1) then\n"
    "  return { 'ok' }\n"
    "end\n"
    "touch('account', id)\n"
    "call('HSET', key, 'state', state, 'reason', reason)\n"
    "if (old[3] or '') ~= reason then call('HSET', key, 'reason_since', seconds) end\n"
    "call('HINCRBY', key, 'revision', 1)\n"
    "return { 'ok' }\n",
    .sha1 = ""
};


/*
 * Linked accounts that costs have come of.  ARGV: id, version of the
 * credentials, now (seconds), JSON list.  Those that are not known, and no
 * other account has, join.  Answers ok or missing.
 */

ngx_billing_redis_script_t ngx_http_billing_script_seen = {
    NGX_HTTP_BILLING_LUA_LINKED
    "local id, version, seconds, listed = unpack(ARGV)\n"
    "local key = object('account', id)\n"
    "local old = call('HMGET', key, 'credential_version', 'provider', 'linked',\n"
    "  'cloud', 'gone', 'joined', 'name')\n"
    "if old[1] ~= version then return { 'missing' } end\n"
    "local whose, has = scope(old[4], old[2]), list_of(old[3])\n"
    "local was, came = set_of(has), {}\n"
    "for _, linked in ipairs(list_of(listed)) do\n"
    "  local folded = string.lower(linked)\n"
    "  if not was[folded] and not owner_of(whose, linked) then\n"
    "    was[folded] = true\n"
    "    has[#has + 1] = linked\n"
    "    came[#came + 1] = linked\n"
    "  end\n"
    "end\n"
    "if #came == 0 then return { 'ok' } end\n"
    "local gone, joined = map_of(old[5] or ''), map_of(old[6] or '')\n"
    "for _, linked in ipairs(came) do\n"
    "  gone[linked] = nil\n"
    "  joined[linked] = tonumber(seconds)\n"
    "end\n"
    "log(id, old[7], 'linked_account.join', names_of(came))\n"
    "touch('account', id)\n"
    "own(id, whose, came)\n"
    "call('HSET', key, 'linked', cjson.encode(has), 'gone', cjson.encode(gone),\n"
    "  'joined', cjson.encode(joined))\n"
    "call('HINCRBY', key, 'revision', 1)\n"
    "return { 'ok' }\n",
    .sha1 = ""
};

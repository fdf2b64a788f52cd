-- The scripts of commit 1fd9cc2, by which its nodes write (schema 3): ARGV is
-- the name of one, then its own.

local name = table.remove(ARGV, 1)
local call, meta = redis.call, KEYS[1]
local base = string.sub(meta, 1, -5)
local form, mixed, unfit = 3, false
do
  local is = call('HMGET', meta, 'schema', 'schema_min',
    'generation', 'schema_3')
  local schema, least = tonumber(is[1]), tonumber(is[2] or is[1])
  mixed = least and least < form
  if is[1] and schema and least and schema >= form and least <= form then
    unfit = is[3] ~= is[4] and 'behind'
  else
    unfit = (is[1] or is[3]) and 'older'
  end
end
local function refusal() return { 'schema', '', '', '', '' } end

if unfit then return refusal() end

local kinds = {
  project_group = { up = 'parent_id', holder = 'project_group' },
  project = { up = 'group_id', holder = 'project_group' },
  account = { up = 'project_id', holder = 'project' }
}

local function object(kind, id)
  return base .. kind .. ':' .. id
end

local function exists(kind, id)
  return call('EXISTS', object(kind, id)) == 1
end

-- the index in which a name must be unique
local function names(kind, parent)
  if kind == 'account' then return base .. 'account_names' end
  return base .. kind .. '_names:' .. parent
end

-- pcall: a user who may not publish may not listen, either
local told = false
local function announce()
  if told then return end
  told = true
  local prefix, domain = string.match(base, '^(.-){(.*)}:$')
  call('DEL', base .. 'answers')
  redis.pcall('PUBLISH', prefix .. 'changed', domain)
end

-- the next generation, made by this schema
local function count()
  local generation = call('HINCRBY', meta, 'generation', 1)
  call('HSETNX', meta, 'schema', form)
  call('HSETNX', meta, 'schema_min', form)
  call('HSET', meta, 'schema_' .. form, generation)
  return generation
end

local function touch(kind, id)
  local t = call('TIME')
  call('HSETNX', meta, 'history', t[1] .. '.' .. t[2])
  call('HSETNX', meta, 'created_at', t[1])
  local generation = count()
  announce()
  call('ZADD', base .. 'changes', generation, kind .. ':' .. id)
  return generation
end

-- who does it: the first arguments of all that people do
local function audit(id)
  call('XADD', base .. 'audit', 'MAXLEN', '~', 20000, '*',
    'user', ARGV[1], 'from', ARGV[2], 'request_id', ARGV[3],
    'action', ARGV[4], 'name', ARGV[5], 'changes', ARGV[6],
    'object', id)
end
-- a change that nobody made to the object itself
local function revise(kind, id)
  call('HINCRBY', object(kind, id), 'revision', 1)
  touch(kind, id)
end

-- groups from the root down to this one, itself included
local function depth(id)
  local n = 0
  while id and id ~= '' and n < 100 do
    n = n + 1
    id = call('HGET', object('project_group', id), 'parent_id')
  end
  return n
end

-- levels of the tree that starts with this group
local function height(id, limit)
  local most = 0
  if limit == 0 then return 1 end
  for _, child in ipairs(call('HVALS', names('project_group', id)))
  do
    most = math.max(most, height(child, limit - 1))
  end
  return most + 1
end

local function below(id, ancestor)
  local n = 0
  while id and id ~= '' and n < 100 do
    if id == ancestor then return true end
    n = n + 1
    id = call('HGET', object('project_group', id), 'parent_id')
  end
  return false
end

-- ids of linked accounts are those of a cloud, in any case;
-- accounts of an earlier version name no cloud
local function scope(cloud, provider)
  return (cloud or provider or '') .. '/'
end

local function owner_of(scope, linked)
  return call('HGET', base .. 'linked_accounts',
    scope .. string.lower(linked))
end

-- whose linked accounts are a part of this one
local function parts(scope, linked, add)
  if string.match(linked, '^%d+$') then return end
  local all = call('HGETALL', base .. 'linked_accounts')
  local start = scope .. string.lower(linked) .. '/'
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, #start) == start then
      add(string.sub(all[i], #scope + 1), all[i + 1])
    end
  end
end

-- linked, owner, linked, owner, ... of what others have
local function overlap(id, scope, list)
  local found = { 'overlap' }
  local function add(linked, owner)
    if owner and owner ~= id then
      found[#found + 1] = linked
      found[#found + 1] = owner
    end
  end
  for _, linked in ipairs(list) do
    local outer = linked
    while outer do
      add(outer, owner_of(scope, outer))
      outer = string.match(outer, '^(.+)/')
    end
  end
  if #list == 1 then parts(scope, list[1], add) end
  return #found > 1 and found or nil
end

-- what nodes of before schema 2 call it, while there may be any
local function before(scope, linked)
  if mixed and scope == 'aws/' then
    return 'hyperbilling_aws/' .. linked
  end
end

local function own(id, scope, list)
  local claims = base .. 'linked_accounts'
  for _, linked in ipairs(list) do
    local old = before(scope, linked)
    call('HSET', claims, scope .. string.lower(linked), id)
    if old then call('HSET', claims, old, id) end
  end
end

local function disown(id, scope, list)
  local claims = base .. 'linked_accounts'
  for _, linked in ipairs(list) do
    if owner_of(scope, linked) == id then
      local old = before(scope, linked)
      call('HDEL', claims, scope .. string.lower(linked))
      if old then call('HDEL', claims, old) end
    end
  end
end

-- what others may have put there must not end a script half way
local function list_of(json)
  local ok, list = pcall(cjson.decode, json)
  local texts = {}
  if not ok or type(list) ~= 'table' then return texts end
  for _, item in ipairs(list) do
    if type(item) == 'string' then texts[#texts + 1] = item end
  end
  return texts
end

-- cost blocks of the account's credentials so far
local function drop_blocks(id)
  local set = object('account', id) .. ':blocks'
  local blocks = call('SMEMBERS', set)
  for i = 1, #blocks, 1000 do
    call('UNLINK', unpack(blocks, i, math.min(i + 999, #blocks)))
  end
  call('DEL', set)
end

-- the answer to a request that was made before, under whatever key
local function replay(onces, digests)
  local digest = string.gmatch(digests, '[^,]+')
  for once in string.gmatch(onces, '[^,]+') do
    local is = digest()
    local r = call('HMGET', base .. 'once:' .. once,
      'digest', 'id', 'answer')
    if r[1] == is then return { 'replay', r[2], r[3] } end
    if r[1] then return { 'reused' } end
  end
end

local function map_of(text)
  local ok, map = pcall(cjson.decode, text)
  return ok and type(map) == 'table' and map or {}
end

local function set_of(ids)
  local is = {}
  for _, linked in ipairs(ids) do is[string.lower(linked)] = true end
  return is
end

local function names_of(ids)
  return table.concat(ids, ',', 1, math.min(#ids, 20))
    .. (#ids > 20 and ',...' or '')
end

-- nobody does it by hand
local function log(id, name, action, changes)
  call('XADD', base .. 'audit', 'MAXLEN', '~', 20000, '*',
    'user', '', 'from', '', 'request_id', '', 'action', action,
    'name', name or '', 'changes', changes, 'object', id)
end

if name == 'create' then
  local kind, id, once, digest, answer, now, fold, parent =
    unpack(ARGV, 7)
  local key, k = object(kind, id), kinds[kind]
  local f = {}
  for i = 15, #ARGV, 2 do f[ARGV[i]] = ARGV[i + 1] end

  local known = replay(once, digest)
  if known then return known end
  if exists(kind, id) then return { 'taken' } end
  if parent ~= '' and not exists(k.holder, parent) then
    return { 'parent' }
  end
  if kind == 'project_group' and depth(parent) >= 8 then
    return { 'depth' }
  end
  if call('HEXISTS', names(kind, parent), fold) == 1 then
    return { 'name' }
  end

  local linked = list_of(f.linked)
  local whose = scope(f.cloud, f.provider)
  local taken = overlap(id, whose, linked)
  if taken then return taken end

  -- first, because it may be refused: then nothing is half done
  audit(id)
  touch(kind, id)

  call('HSET', key, k.up, parent, 'fold', fold, 'version', 1,
    'revision', 0, 'created_at', now, 'updated_at', now,
    'seq', call('HINCRBY', meta, 'seq', 1))
  for field, value in pairs(f) do call('HSET', key, field, value) end
  call('HSET', names(kind, parent), fold, id)
  call('SADD', base .. kind .. 's', id)

  if kind == 'account' then
    own(id, whose, linked)
    call('SADD', object('project', parent) .. ':accounts', id)
    revise('project', parent)
  end

  if once ~= '' then
    local record = base .. 'once:' .. string.match(once, '^[^,]+')
    call('HSET', record, 'digest', string.match(digest, '^[^,]+'),
      'id', id, 'answer', answer)
    call('EXPIRE', record, 86400)
  end

  return { 'ok' }
elseif name == 'delete' then
  local kind, id, version = unpack(ARGV, 7)
  local key, k = object(kind, id), kinds[kind]
  local old = call('HMGET', key, 'version', k.up, 'fold', 'provider',
    'linked', 'cloud')
  if not old[1] then return { 'missing' } end
  if old[1] ~= version then return { 'version' } end

  local held = 0
  if kind == 'project_group' then
    held = call('HLEN', names('project_group', id))
      + call('HLEN', names('project', id))
  elseif kind == 'project' then
    held = call('SCARD', key .. ':accounts')
  end
  if held > 0 then return { 'held' } end

  -- a full Redis lets nothing be added, unless something went before
  local told, why = pcall(audit, id)
  if not told and not string.find(
    type(why) == 'table' and why.err or why, 'OOM', 1, true) then
    error(why)
  end

  call('DEL', key)
  if not told then audit(id) end
  call('HDEL', names(kind, old[2]), old[3])
  call('SREM', base .. kind .. 's', id)

  if kind == 'account' then
    disown(id, scope(old[6], old[4]), list_of(old[5]))
    drop_blocks(id)
    call('SREM', object('project', old[2]) .. ':accounts', id)
    revise('project', old[2])
  end

  -- readers are told of the last thousand; then they start anew
  local generation = touch(kind, id)
  local deleted = base .. 'deleted'
  call('ZADD', deleted, generation, kind .. ':' .. id)
  if call('ZCARD', deleted) > 1000 then
    local oldest = call('ZPOPMIN', deleted, 100)
    for i = 1, #oldest, 2 do
      call('ZREM', base .. 'changes', oldest[i])
    end
    call('HSET', meta, 'pruned', oldest[#oldest])
  end

  return { 'ok' }
elseif name == 'link' then
  local id, version, state, now, seconds, listed, reason = unpack(ARGV)
  local key = object('account', id)
  local failing = base .. 'failing:' .. id .. ':' .. version
  local old = call('HMGET', key, 'credential_version', 'provider', 'linked',
    'state', 'cloud', 'linked_all', 'linked_at', 'gone', 'joined', 'shrunk',
    'reason', 'name')
  if old[1] ~= version then return { 'missing' } end

  -- others may have put there what is no list of texts
  local function broken(text)
    local ok, list = pcall(cjson.decode, text)
    return not ok or type(list) ~= 'table' or #list ~= #list_of(text)
  end

  local json, whose = old[3] or '[]', scope(old[5], old[2])
  local had, list = list_of(old[3]), list_of(listed)
  local first = (tonumber(old[7] or 0) or 0) == 0 or broken(old[3])
  local fields, notes = {}, {}

  local function set(name, value)
    fields[#fields + 1] = name
    fields[#fields + 1] = value
  end

  -- why a list is not believed, or not yet
  local function doubt()
    if #list == 0 then return 'list_empty' end
    if first then return nil end
    local is, lost = set_of(list), 0
    for _, linked in ipairs(had) do
      if not is[string.lower(linked)] then lost = lost + 1 end
    end
    if lost * 2 <= #had then
      set('shrunk', '')
      return nil
    end
    local digest = redis.sha1hex(table.concat(list, ','))
    local since, before = string.match(old[10] or '', '^(%d+) (%x+)$')
    if before ~= digest then
      set('shrunk', seconds .. ' ' .. digest)
      return 'list_shrunk'
    end
    if seconds - since < 3600 then return 'list_shrunk' end
    set('shrunk', '')
    set('shrunk_at', seconds)
    notes[#notes + 1] = { 'service_account.list_shrunk',
      lost .. ' of ' .. #had }
    return nil
  end

  local why = nil
  if listed ~= '' and old[6] == '1' then why = doubt() end
  if why then state, reason, listed = 'unreachable', why, '' end

  if listed ~= '' then
    local has, is, was = {}, set_of(list), set_of(had)
    local gone, joined = map_of(old[8] or ''), map_of(old[9] or '')
    local left, came, foreign = {}, {}, {}
    for _, linked in ipairs(list) do
      local owner = owner_of(whose, linked)
      if not owner or owner == id then
        has[#has + 1] = linked
        gone[linked] = nil
        if not first and not was[string.lower(linked)] then
          came[#came + 1] = linked
          joined[linked] = tonumber(seconds)
        end
      else
        foreign[linked] = 1
      end
    end
    for _, linked in ipairs(first and {} or had) do
      if not is[string.lower(linked)] then
        left[#left + 1] = linked
        joined[linked] = nil
        gone[linked] = tonumber(seconds)
      end
    end
    if #came > 0 then
      notes[#notes + 1] = { 'linked_account.join', names_of(came) }
    end
    if #left > 0 then
      notes[#notes + 1] = { 'linked_account.leave', names_of(left) }
    end
    json = #has > 0 and cjson.encode(has) or '[]'
    set('linked', json)
    set('linked_at', seconds)
    set('verified_at', now)
    set('gone', cjson.encode(gone))
    set('joined', cjson.encode(joined))
    set('foreign', cjson.encode(foreign))
  end

  -- first, because it may be refused: then nothing is half done
  for _, told in ipairs(notes) do
    log(id, old[12], told[1], told[2])
  end

  touch('account', id)

  if listed ~= '' then
    disown(id, whose, had)
    own(id, whose, list_of(json))
  end

  if state == 'ok' and old[4] == 'rejected' then call('DEL', failing) end
  if state == 'ok' and old[4] == 'unreachable'
    and old[11] ~= 'list_empty' and old[11] ~= 'list_shrunk'
    and call('EXISTS', failing) == 1 then
    state, reason = old[4], old[11] or ''
  end

  set('state', state)
  set('tried_at', seconds)
  set('unread', listed == '' and 1 or 0)
  if reason ~= (old[11] or '') then
    set('reason', reason)
    set('reason_since', seconds)
  end
  call('HSET', key, unpack(fields))
  if listed ~= '' or state ~= old[4] or reason ~= (old[11] or '') then
    call('HINCRBY', key, 'revision', 1)
  end
  call('DEL', base .. 'lock:list:' .. id .. ':' .. version)
  return { 'ok', json }
elseif name == 'update' then
  local kind, id, version, now, fold, parent = unpack(ARGV, 7)
  local key, k = object(kind, id), kinds[kind]
  local f = {}
  for i = 13, #ARGV, 2 do f[ARGV[i]] = ARGV[i + 1] end

  local old = call('HMGET', key, 'version', k.up, 'fold', 'provider',
    'linked', 'cloud')
  if not old[1] then return { 'missing' } end
  if old[1] ~= version then return { 'version' } end

  local moved = old[2] ~= parent
  if moved and parent ~= '' then
    if not exists(k.holder, parent) then return { 'parent' } end
    if kind == 'project_group' then
      if below(parent, id) then return { 'cycle' } end
      if depth(parent) + height(id, 8) > 8 then return { 'depth' } end
    end
  end

  local was, is = names(kind, old[2]), names(kind, parent)
  local other = call('HGET', is, fold)
  if other and other ~= id then return { 'name' } end

  local linked = f.linked and list_of(f.linked)
  local whose = scope(f.cloud or old[6], old[4])
  local taken = linked and overlap(id, whose, linked)
  if taken then return taken end

  -- first, because it may be refused: then nothing is half done
  audit(id)
  touch(kind, id)

  if linked then
    disown(id, scope(old[6], old[4]), list_of(old[5]))
    own(id, whose, linked)
    drop_blocks(id)
  end

  call('HDEL', was, old[3])
  call('HSET', is, fold, id)
  call('HSET', key, k.up, parent, 'fold', fold, 'updated_at', now,
    'version', version + 1, 'revision', 0)
  for field, value in pairs(f) do call('HSET', key, field, value) end

  if kind == 'account' and moved then
    call('SMOVE', object('project', old[2]) .. ':accounts',
      object('project', parent) .. ':accounts', id)
    revise('project', old[2])
    revise('project', parent)
  end

  return { 'ok' }
end

-- The scripts of commit 1484747, by which its nodes write (schema 1): ARGV is
-- the name of one, then its own.

local name = table.remove(ARGV, 1)
local call, meta = redis.call, KEYS[1]
local base = string.sub(meta, 1, -5)

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

local function touch(kind, id)
  local t = call('TIME')
  call('HSETNX', meta, 'history', t[1] .. '.' .. t[2])
  call('HSETNX', meta, 'created_at', t[1])
  local generation = call('HINCRBY', meta, 'generation', 1)
  call('ZADD', base .. 'changes', generation, kind .. ':' .. id)
  return generation
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

local function owner_of(provider, linked)
  return call('HGET', base .. 'linked_accounts',
    provider .. '/' .. linked)
end

-- linked, owner, linked, owner, ... of what others have
local function overlap(id, provider, list)
  local found = { 'overlap' }
  for _, linked in ipairs(list) do
    local owner = owner_of(provider, linked)
    if owner and owner ~= id then
      found[#found + 1] = linked
      found[#found + 1] = owner
    end
  end
  return #found > 1 and found or nil
end

local function own(id, provider, list)
  for _, linked in ipairs(list) do
    call('HSET', base .. 'linked_accounts',
      provider .. '/' .. linked, id)
  end
end

local function disown(id, provider, list)
  for _, linked in ipairs(list) do
    if owner_of(provider, linked) == id then
      call('HDEL', base .. 'linked_accounts',
        provider .. '/' .. linked)
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

-- the answer to a request that was made before
local function replay(once, digest)
  if once == '' then return nil end
  local r = call('HMGET', base .. 'once:' .. once,
    'digest', 'id', 'answer')
  if not r[1] then return nil end
  if r[1] ~= digest then return { 'reused' } end
  return { 'replay', r[2], r[3] }
end

local scripts = {}

function scripts.create()
  local kind, id, once, digest, answer, now, fold, parent = unpack(ARGV)
  local key, k = object(kind, id), kinds[kind]
  local f = {}
  for i = 9, #ARGV, 2 do f[ARGV[i]] = ARGV[i + 1] end

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
  local taken = overlap(id, f.provider, linked)
  if taken then return taken end

  -- first, because it may be refused: then nothing is half done
  touch(kind, id)

  call('HSET', key, k.up, parent, 'fold', fold, 'version', 1,
    'revision', 0, 'created_at', now, 'updated_at', now,
    'seq', call('HINCRBY', meta, 'seq', 1))
  for field, value in pairs(f) do call('HSET', key, field, value) end
  call('HSET', names(kind, parent), fold, id)
  call('SADD', base .. kind .. 's', id)

  if kind == 'account' then
    own(id, f.provider, linked)
    call('SADD', object('project', parent) .. ':accounts', id)
    revise('project', parent)
  end

  if once ~= '' then
    local record = base .. 'once:' .. once
    call('HSET', record, 'digest', digest, 'id', id, 'answer', answer)
    call('EXPIRE', record, 86400)
  end

  return { 'ok' }
end

function scripts.update()
  local kind, id, version, now, fold, parent = unpack(ARGV)
  local key, k = object(kind, id), kinds[kind]
  local f = {}
  for i = 7, #ARGV, 2 do f[ARGV[i]] = ARGV[i + 1] end

  local old = call('HMGET', key, 'version', k.up, 'fold', 'provider',
    'linked')
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
  local taken = linked and overlap(id, old[4], linked)
  if taken then return taken end

  -- first, because it may be refused: then nothing is half done
  touch(kind, id)

  if linked then
    disown(id, old[4], list_of(old[5]))
    own(id, old[4], linked)
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

function scripts.delete()
  local kind, id, version = unpack(ARGV)
  local key, k = object(kind, id), kinds[kind]
  local old = call('HMGET', key, 'version', k.up, 'fold', 'provider',
    'linked')
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

  call('DEL', key)
  call('HDEL', names(kind, old[2]), old[3])
  call('SREM', base .. kind .. 's', id)

  if kind == 'account' then
    disown(id, old[4], list_of(old[5]))
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
end

function scripts.link()
  local id, version, state, now, seconds, listed = unpack(ARGV)
  local key = object('account', id)
  local old = call('HMGET', key, 'credential_version', 'provider',
    'linked', 'state')
  if old[1] ~= version then return { 'missing' } end

  touch('account', id)

  local json = old[3] or '[]'
  if listed ~= '' then
    local has = {}
    for _, linked in ipairs(list_of(listed)) do
      local owner = owner_of(old[2], linked)
      if not owner or owner == id then has[#has + 1] = linked end
    end
    disown(id, old[2], list_of(old[3]))
    own(id, old[2], has)
    json = #has > 0 and cjson.encode(has) or '[]'
    call('HSET', key, 'linked', json, 'linked_at', seconds,
      'verified_at', now)
  end

  call('HSET', key, 'state', state, 'tried_at', seconds)
  if listed ~= '' or state ~= old[4] then
    call('HINCRBY', key, 'revision', 1)
  end
  return { 'ok', json }
end

return scripts[name]()

-- What scripts begin with that write: data of this schema, and the right to all
-- that any of them does; what one has no use for is asked for, too.

if unfit then return refusal() end

local no = denied('DEL EXISTS EXPIRE2 HDEL2 HEXISTS2 HGET2 HGETALL HINCRBY3 '
  .. 'HLEN HMGET2 HSET3 HSETNX3 HVALS SADD2 SCARD SMEMBERS SMOVE3 SREM2 TIME0 '
  .. 'TTL UNLINK XADD4 ZADD3 ZCARD ZPOPMIN ZREM2')
if no then return no end

-- a pattern that has "meta" may lack others
if redis.acl_check_cmd then
  local keys = {}
  local function add(...)
    for _, name in ipairs({ ... }) do keys[#keys + 1] = base .. name end
  end
  add('answers', 'changes', 'deleted', 'audit', 'linked_accounts', 'provider:',
    'once:', 'verifying:')
  for _, k in ipairs(kinds) do
    add(k.list, k.kind .. ':', siblings(k.kind, '', 'names'),
      siblings(k.kind, '', 'looks'))
  end
  if not redis.acl_check_cmd('DEL', unpack(keys)) then
    return redis.error_reply('NOPERM the user may not use all keys of the prefix')
  end
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
  call('HSETNX', meta, 'schema', SCHEMA)
  call('HSETNX', meta, 'schema_min', SCHEMA)
  call('HSET', meta, 'schema_' .. SCHEMA, generation)
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

-- a change that nobody made to the object itself
local function revise(kind, id)
  call('HINCRBY', object(kind, id), 'revision', 1)
  touch(kind, id)
end


-- ARGV: audit()'s, kind, id, version that it must have.
-- Answers ok; missing; version; or held: it holds something.

local kind, id, version = unpack(ARGV, 7, 9)
local key, k = object(kind, id), kinds[kind]
local old = call('HMGET', key, 'version', k.parent, 'fold', 'provider', 'linked',
  'cloud', 'looks')
if not old[1] then return { 'missing' } end
if old[1] ~= version then return { 'version' } end

for _, within in ipairs(held_by(kind)) do
  local n = within.members == 'counted'
    and call('SCARD', base .. members(within, id))
    or call('HLEN', names(within.kind, id))
  if n > 0 then return { 'held' } end
end

-- a full Redis lets nothing be added, unless something went before
local done, why = pcall(audit, id)
if not done and not string.find(
  type(why) == 'table' and why.err or why, 'OOM', 1, true) then
  error(why)
end

call('DEL', key)
if not done then audit(id) end
call('HDEL', names(kind, old[2]), old[3])
unlook(kind, old[2], id, looks_of(old[7], old[2], old[3]))
for _, within in ipairs(held_by(kind)) do
  if within.names == 'siblings' then call('DEL', looks(within.kind, id)) end
end
call('SREM', base .. k.list, id)

if kind == 'account' then
  disown(id, scope(old[6], old[4]), texts_of(old[5]))
  drop_blocks(id)
end

if k.members == 'counted' then
  call('SREM', base .. members(k, old[2]), id)
  revise(k.holder, old[2])
end

-- readers are told of the last thousand; then they start anew
local generation = touch(kind, id)
local deleted = base .. 'deleted'
call('ZADD', deleted, generation, kind .. ':' .. id)
if call('ZCARD', deleted) > 1000 then
  local first = call('ZPOPMIN', deleted, 100)
  for i = 1, #first, 2 do
    call('ZREM', base .. 'changes', first[i])
  end
  call('HSET', meta, 'pruned', first[#first])
end

return { 'ok' }

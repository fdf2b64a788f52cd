-- What changed since a generation, oldest change first, a limited number at a
-- time.  A reader that has applied all of them, up to an answer that is not
-- followed by more, has what Redis had when it gave that answer.
--
-- ARGV: generation, history, limit, "1": also where it is behind.
--
-- Answers reset, history, generation reached, more, the schema of the oldest nodes
-- that may be at work (0: this one), then for each object its name and its fields
-- (none: deleted).  With reset, what the reader had is void.

if unfit == 'older' or unfit and ARGV[4] == '' then return refusal() end

local since, limit = tonumber(ARGV[1]), tonumber(ARGV[3])
local m = call('HMGET', meta, 'generation', 'history', 'pruned')
local generation = tonumber(m[1] or 0)
local history = m[2] or ''
local pruned = tonumber(m[3] or 0)
local reset = 0

if history ~= ARGV[2] or since > generation or since < pruned then
  if since ~= 0 then reset = 1 end
  since = 0
end

local out = { reset, history, generation, 0, oldest }
if since == generation then return out end

local list = call('ZRANGEBYSCORE', base .. 'changes', '(' .. since, '+inf',
  'WITHSCORES', 'LIMIT', 0, limit)

if #list == 2 * limit then
  out[3] = tonumber(list[#list])
  out[4] = 1
end

-- kind -> those that it counts
local counted = {}
for _, k in ipairs(kinds) do
  if k.members == 'counted' then
    counted[k.holder] = counted[k.holder] or {}
    table.insert(counted[k.holder], k)
  end
end

for i = 1, #list, 2 do
  local name = list[i]
  local fields = call('HGETALL', base .. name)
  local kind = string.match(name, '^[^:]*')
  if counted[kind] and #fields > 0 then
    for _, k in ipairs(counted[kind]) do
      local all = base .. members(k, string.sub(name, #kind + 2))
      fields[#fields + 1] = k.list
      fields[#fields + 1] = tostring(call('SCARD', all))
    end
  end
  out[#out + 1] = name
  out[#out + 1] = fields
end

return out

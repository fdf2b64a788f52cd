-- KEYS: the month's usage.  ARGV: period of the limit, limit or 0, providers.
--
-- Answers the calls of the month and how many accounts have none left.  Who is in
-- "full" may have been deleted since then, or the limit been raised.

local call = redis.call
local base = string.sub(KEYS[1], 1, -#'usage:yyyy-mm' - 1)
local limit, calls, full = tonumber(ARGV[2]), 0, 0

for i = 3, #ARGV do
  calls = calls + tonumber(call('HGET', KEYS[1], ARGV[i]) or 0)
end
if limit == 0 then return { calls, 0 } end

local ids = call('SMEMBERS', base .. 'full:' .. ARGV[1])
for i = 1, #ids do
  local provider = call('HGET', base .. 'account:' .. ids[i], 'provider')
  if provider then
    local used = call('HGET', base .. 'usage:' .. ARGV[1],
      provider .. ':' .. ids[i])
    if tonumber(used or 0) >= limit then full = full + 1 end
  end
end

return { calls, full }

-- KEYS: the locks, the blocks, what has failed.  ARGV: token, validity of a note,
-- note or nothing, seconds before a question that has failed once is asked again,
-- the most that it ever waits, seconds that the provider has told or 0, and of
-- each block why it failed or nothing.
--
-- Each further failure doubles the wait.  Blocks say so until they are written
-- again.

local most, told = tonumber(ARGV[5]), tonumber(ARGV[6])

local function fail(block, why)
  local was = redis.call('HGET', failing, question(block))
  local times = was and tonumber(string.match(was, '^%d+')) or 0
  local wait = math.min(ARGV[4] * 2 ^ math.min(times, 20), most)
  if told > 0 then wait = math.min(told, most) end
  local till = string.format('%.0f', now + wait)
  redis.call('HSET', failing, question(block),
    string.format('%.0f %s %s', times + 1, till, why))
  redis.call('EXPIRE', failing, 2 * most)
  if redis.call('EXISTS', block) == 1 then
    redis.pcall('HSET', block, 'failed', till .. ' ' .. why)
  end
end

for i = 1, n do
  local mine = redis.call('GET', KEYS[i]) == ARGV[1]
  if mine and ARGV[3] == '' then
    redis.call('DEL', KEYS[i])
  elseif mine then
    redis.call('SET', KEYS[i], ARGV[3], 'PX', ARGV[2])
  end
  if mine and ARGV[6 + i] ~= '' then fail(KEYS[n + i], ARGV[6 + i]) end
end

return 1

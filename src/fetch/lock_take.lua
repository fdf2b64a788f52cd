-- KEYS: the locks, the blocks, what has failed.  ARGV: token, validity, "1" for
-- one who has waited before, "1" for one who asks whatever has failed.
--
-- Answers 1 (all locks are taken), 0 (somebody has one) or the holder's note, and
-- of each block "meta" and, if it failed and is not to be asked for yet, why.

local state = 1

for i = 1, n do
  local t = redis.call('GET', KEYS[i])
  if t and string.sub(t, 1, 1) == '!' then
    if ARGV[3] == '1' and state == 1 then state = t end
  elseif t and t ~= ARGV[1] then
    state = 0
  end
end

local answer = { state }

for i = 1, n do
  if state == 1 then
    redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2])
  end
  answer[2 * i] = redis.call('HGET', KEYS[n + i], 'meta')
  local failed = ARGV[4] ~= '1'
    and redis.call('HGET', failing, question(KEYS[n + i]))
  local till, why
  if failed then till, why = string.match(failed, '^%d+ (%d+) (.*)$') end
  answer[2 * i + 1] = till and tonumber(till) > now and why or false
end

return answer

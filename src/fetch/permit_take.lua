-- KEYS: the month's usage.  ARGV: token, account, version, provider, period of
-- the limit, limit or 0, worker, calls in flight, for how long a permit is given,
-- longest pause, linked account, calls for it at most or 0, in so many
-- milliseconds.
--
-- Answers 1 (go), 0 (busy), -1 (the limit), -1 less the milliseconds of a pause
-- that are left, or 1 and the milliseconds until the next call for the linked
-- account.

local limit, worker = tonumber(ARGV[6]), ARGV[7]
local waiting = base .. 'waiting:' .. account .. ':' .. version
local used = tonumber(call('HGET', spent, field) or 0)

local function full()
  call('SADD', base .. 'full:' .. period, account)
  call('EXPIRE', base .. 'full:' .. period, 40 * 86400)
end

if limit > 0 and used >= limit then
  full()
  call('ZREM', permits, token)
  return -1
end

local now = clock()
local left = math.min(rest(paused) - now, tonumber(ARGV[10]))
if left > 0 then
  call('ZREM', permits, token)
  return -1 - left
end

-- who has waited for long goes first
local since, others = now, {}
local all = call('HGETALL', waiting)
for i = 1, #all, 2 do
  local from, till = string.match(all[i + 1], '(%d+) (%d+)')
  from, till = tonumber(from), tonumber(till)
  if till < now then
    call('HDEL', waiting, all[i])
  elseif all[i] == worker then
    since = from
  elseif from < now - 200 then
    others[#others + 1] = from
  end
end

call('ZREMRANGEBYSCORE', permits, '-inf', now)
call('ZREM', permits, token)
local n = call('ZCARD', permits)
for i = 1, #others do
  if others[i] < since then n = n + 1 end
end
if n >= tonumber(ARGV[8]) then
  call('HSET', waiting, worker, string.format('%.0f %.0f', since, now + 300))
  call('PEXPIRE', waiting, 1000)
  return 0
end

local calls, time = tonumber(ARGV[12]), tonumber(ARGV[13])
if calls > 0 then
  local paced = base .. 'paced:' .. provider .. ':' .. ARGV[11]
  call('ZREMRANGEBYSCORE', paced, '-inf', now - time)
  if call('ZCARD', paced) >= calls then
    call('HDEL', waiting, worker)
    local first = call('ZRANGE', paced, -calls, -calls, 'WITHSCORES')
    return 1 + math.max(1, math.min(time, first[2] + time - now))
  end
  call('ZADD', paced, now, token .. ' ' .. string.format('%.0f', now))
  call('PEXPIRE', paced, time)
end

call('HDEL', waiting, worker)
call('ZADD', permits, now + ARGV[9], token)
call('PEXPIRE', permits, ARGV[9])
count(1)
if used + 1 == limit then full() end
return 1

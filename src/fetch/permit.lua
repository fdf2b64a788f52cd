-- What taking and giving back a permit have in common.
--
-- KEYS: the month's usage.  ARGV: token, account, version, provider, period of
-- the limit.

local no = denied('EXPIRE2 GET HDEL2 HGET2 HGETALL HINCRBY3 HSET3 PEXPIRE2 '
  .. 'SADD2 SET2 TIME0 ZADD3 ZCARD ZRANGE3 ZREM2 ZREMRANGEBYSCORE3')
if no then return no end

local call = redis.call
local base = string.sub(KEYS[1], 1, -#'usage:yyyy-mm' - 1)
local token, account, version, provider, period = unpack(ARGV, 1, 5)
local field = provider .. ':' .. account
local paused = base .. 'paused:' .. account .. ':' .. version
local permits = base .. 'permits:' .. account .. ':' .. version
local spent = base .. 'usage:' .. period

local function count(n)
  call('HINCRBY', KEYS[1], provider, n)
  call('HINCRBY', KEYS[1], field, n)
  call('EXPIRE', KEYS[1], 400 * 86400)
  if spent ~= KEYS[1] then
    call('HINCRBY', spent, field, n)
    call('EXPIRE', spent, 3 * 86400)
  end
end


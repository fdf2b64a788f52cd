-- ARGV: id of the newest entry wanted, count.  Answers total, entries.

local key = string.sub(KEYS[1], 1, -5) .. 'audit'

return { redis.call('XLEN', key),
  redis.call('XREVRANGE', key, ARGV[1], '-', 'COUNT', ARGV[2]) }

-- The verification is over.  ARGV: user, "refused" or "others".  The minute of its
-- beginning may be: then it counts no more.

local key = string.sub(KEYS[1], 1, -5) .. 'verifying:' .. ARGV[1]

if tonumber(redis.call('HGET', key, 'busy') or 0) > 0 then
  redis.call('HINCRBY', key, 'busy', -1)
  redis.call('HINCRBY', key, ARGV[2], 1)
end

return { 'ok' }

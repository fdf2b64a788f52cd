-- KEYS: the HASH.  ARGV: field, value, and the marks as they were.
--
-- 256 answers are more than a domain has that are asked for more than once; rather
-- than to find out which those are, all go.

local no = denied('DEL EXPIRE2 HLEN HMGET2 HSET3')
if no then return no end

local meta = string.sub(KEYS[1], 1, -8) .. 'meta'
local marks = redis.call('HMGET', meta, 'generation', 'history', 'costs')
for i = 1, 3 do
  if (marks[i] or '') ~= ARGV[2 + i] then return 0 end
end

if redis.call('HLEN', KEYS[1]) >= 256 then redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], 3600)
return 1

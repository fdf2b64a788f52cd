-- KEYS: the month's usage.  ARGV: fields.

local no = denied('EXPIRE2 HINCRBY3')
if no then return no end

for i = 1, #ARGV do
  redis.call('HINCRBY', KEYS[1], ARGV[i], 1)
end
redis.call('EXPIRE', KEYS[1], 400 * 86400)
return 1

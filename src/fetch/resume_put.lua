-- KEYS: what is kept.  ARGV: milliseconds, then fields and values.

local no = denied('DEL HSET3 PEXPIRE2')
if no then return no end

redis.call('DEL', KEYS[1])
for i = 2, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1

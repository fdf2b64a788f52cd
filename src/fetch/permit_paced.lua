-- KEYS: the calls for a linked account.  ARGV: which one, milliseconds.

local no = denied('GET PEXPIRE2 SET2 TIME0 ZADD3')
if no then return no end

redis.call('ZADD', KEYS[1], clock(), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1

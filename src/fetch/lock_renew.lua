-- KEYS: the locks.  ARGV: token, validity.  Those that have expired are taken
-- again.

for i = 1, #KEYS do
  local t = redis.call('GET', KEYS[i])
  if not t or t == ARGV[1] then
    redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2])
  end
end

return 1

-- KEYS, ARGV: as when it was taken up to the period, then "1" for a call that was
-- never made, and for how long nobody is to call.

if call('ZREM', permits, token) == 1 and ARGV[6] == '1' then
  count(-1)
end
pause(paused, ARGV[7])
return 1

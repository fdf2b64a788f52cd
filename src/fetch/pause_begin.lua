-- KEYS: until when nobody is to call.  ARGV: a pause that begins now, or 0.
-- Answers how many milliseconds are left.

local no = denied('GET SET2 TIME0')
if no then return no end

return math.max(pause(KEYS[1], ARGV[1]), 0)

-- What taking and giving back locks have in common.
--
-- KEYS: the locks, the blocks, what has failed.

local no = denied('DEL EXISTS EXPIRE2 GET HGET2 HSET3 SET2 TIME0')
if no then return no end

local n = (#KEYS - 1) / 2
local failing = KEYS[#KEYS]
local now = tonumber(redis.call('TIME')[1])

-- what a block is called in "failing"
local function question(block)
  return string.match(block, '[DM][sd]?:[%d-]+$')
end


-- Redis does not roll back, and asks whether its user may run a command when a
-- script has come to it.  A script whose half is worse than nothing asks for all
-- of them first, with its first key (Redis 7.0 or later).
--
-- commands: the words in capitals, each with the least number of its arguments,
-- if that is not 1: Redis 8 does not tell otherwise.  Answers nil, or what the
-- script is to answer.

local function denied(commands)
  if not redis.acl_check_cmd then return nil end
  local k = KEYS[1]
  for name, n in string.gmatch(commands, '(%a+)(%d?)') do
    local known, may = pcall(redis.acl_check_cmd, name,
      unpack({ k, k, k, k }, 1, tonumber(n) or 1))
    if known and not may then
      return redis.error_reply('NOPERM the user may not run ' .. name)
    end
  end
end


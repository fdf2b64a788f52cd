-- A pause: until when, in milliseconds by the clock of Redis, a provider is not
-- called with an account's credentials.

local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- the end of the pause, or 0
local function rest(paused)
  return tonumber(redis.call('GET', paused) or 0) or 0
end

-- begins one of so many milliseconds, unless there is none or a longer one;
-- answers how many are left
local function pause(paused, time)
  local now = clock()
  local left = rest(paused) - now
  time = tonumber(time)
  if time > 0 and time > left then
    redis.call('SET', paused, string.format('%.0f', now + time),
      'PX', string.format('%.0f', time))
    left = time
  end
  return left
end


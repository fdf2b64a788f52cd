-- Before the provider is asked: was this request made before, and may the user
-- have another verification?  It is counted here, and so those that are asked at
-- the same time are.  ARGV: once, digest, user, most that are refused, most of all
-- others, each within a minute.
--
-- Answers replay, reused, ok, or ok with what is in the way - "refused", "others",
-- or "busy": so many are under way - and the seconds until it is not.

local once, digest, user, refusals, most = unpack(ARGV)
local known = replay(once, digest)
if known then return known end

local key = base .. 'verifying:' .. user
local n = call('HMGET', key, 'refused', 'others', 'busy')
for i = 1, 3 do n[i] = tonumber(n[i] or 0) end
local ttl = tostring(call('TTL', key))
refusals, most = tonumber(refusals), tonumber(most)

if n[1] >= refusals then return { 'ok', 'refused', ttl } end
if n[2] >= most then return { 'ok', 'others', ttl } end
if n[1] + n[3] >= refusals or n[2] + n[3] >= most then
  return { 'ok', 'busy', '1' }
end

call('HINCRBY', key, 'busy', 1)
if tonumber(ttl) < 0 then call('EXPIRE', key, 60) end
return { 'ok' }

-- Who asks for the list of an account's linked accounts?  ARGV: id, version of the
-- credentials, when it was last tried (seconds), token, how long the lock is valid
-- (milliseconds; 0: it is given back).
--
-- Answers ok: whoever has the token; held: somebody else; or missing: it was tried
-- since, or the account has changed or gone.

local id, version, tried, token, valid = unpack(ARGV)
local lock = base .. 'lock:list:' .. id .. ':' .. version
local holder = call('GET', lock)

if valid == '0' then
  if holder == token then call('DEL', lock) end
  return { 'ok' }
end

local is = call('HMGET', object('account', id), 'credential_version', 'tried_at')
if is[1] ~= version or tonumber(is[2] or 0) ~= tonumber(tried) then
  return { 'missing' }
end
if holder and holder ~= token then return { 'held' } end
call('SET', lock, token, 'PX', valid)
return { 'ok' }

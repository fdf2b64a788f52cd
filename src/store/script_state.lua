-- What a lookup has found out.  ARGV: id, version of the credentials, state, now
-- (seconds), reason or nothing.  An account is well again when none of its
-- questions fails any more, nor its list.  Answers ok or missing.

local id, version, state, seconds, reason = unpack(ARGV)
local key = object('account', id)
local old = call('HMGET', key, 'credential_version', 'state', 'reason', 'unread')
if old[1] ~= version then return { 'missing' } end
if old[2] == state and (old[3] or '') == reason then return { 'ok' } end

if state == 'ok' and (old[4] == '1'
  or call('EXISTS', base .. 'failing:' .. id .. ':' .. version) == 1) then
  return { 'ok' }
end

touch('account', id)
call('HSET', key, 'state', state, 'reason', reason)
if (old[3] or '') ~= reason then call('HSET', key, 'reason_since', seconds) end
call('HINCRBY', key, 'revision', 1)
return { 'ok' }

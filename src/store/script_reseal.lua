-- The same credentials, sealed anew: nobody sees a difference, so that neither
-- version nor kept answers change.  ARGV: audit()'s (no action: the entry was made
-- before), then id, what seals it, what is to, in turn.
--
-- Answers ok, then for each: nothing, "-": it has gone, or the version of the
-- credentials, a blank and what seals them now.

local out = { 'ok' }
if ARGV[4] ~= '' then audit('') end
for i = 7, #ARGV, 3 do
  local id = ARGV[i]
  local f = call('HMGET', object('account', id), 'credential',
    'credential_version')
  if f[1] == ARGV[i + 1] then
    call('HSET', object('account', id), 'credential', ARGV[i + 2])
    call('ZADD', base .. 'changes', count(), 'account:' .. id)
    out[#out + 1] = ''
  else
    out[#out + 1] = f[1] and (f[2] or '0') .. ' ' .. f[1] or '-'
  end
end
return out

-- ARGV: audit()'s, id, enabled (1 or 0), now.  Answers ok.

local id, enabled, now = unpack(ARGV, 7, 9)
audit(id)
call('HSET', object('provider', id), 'enabled', enabled, 'updated_at', now)
touch('provider', id)
return { 'ok' }

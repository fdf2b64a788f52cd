-- An entry of the audit log.  Who does it are the first arguments of all that
-- people do.

local function log(user, from, request_id, action, name, changes, id)
  call('XADD', base .. 'audit', 'MAXLEN', '~', 20000, '*', 'user', user,
    'from', from, 'request_id', request_id, 'action', action, 'name', name,
    'changes', changes, 'object', id)
end

local function audit(id)
  log(ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], id)
end


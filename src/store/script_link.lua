-- What the provider says of an account's credentials.
--
-- ARGV: id, version of the credentials asked with, state, now (RFC 3339), now
-- (seconds), the list of linked accounts or nothing, and the reason of the state
-- or nothing.
--
-- Of the list the account gets what no other account has.  A list without any is
-- never believed; one that has lost more than half is when it says the same an
-- hour later.  Until then the old list stays.  Linked accounts that leave are
-- remembered: their costs of closed months stay.
--
-- Answers ok with the list that it has now; or missing, also when the credentials
-- are others by now.

local id, version, state, now, seconds, listed, reason = unpack(ARGV)
local key = object('account', id)
local failing = base .. 'failing:' .. id .. ':' .. version
local old = call('HMGET', key, 'credential_version', 'provider', 'linked', 'state',
  'cloud', 'linked_all', 'linked_at', 'gone', 'joined', 'shrunk', 'reason', 'name')
if old[1] ~= version then return { 'missing' } end

local json, whose = old[3] or '[]', scope(old[5], old[2])
local had, list = texts_of(old[3]), texts_of(listed)
local first = (tonumber(old[7] or 0) or 0) == 0 or not list_of(old[3])
local fields, notes = {}, {}

local function set(name, value)
  fields[#fields + 1] = name
  fields[#fields + 1] = value
end

-- why a list is not believed, or not yet
local function doubt()
  if #list == 0 then return 'list_empty' end
  if first then return nil end
  local is, lost = set_of(list), 0
  for _, linked in ipairs(had) do
    if not is[string.lower(linked)] then lost = lost + 1 end
  end
  if lost * 2 <= #had then
    set('shrunk', '')
    return nil
  end
  local digest = redis.sha1hex(table.concat(list, ','))
  local since, before = string.match(old[10] or '', '^(%d+) (%x+)$')
  if before ~= digest then
    set('shrunk', seconds .. ' ' .. digest)
    return 'list_shrunk'
  end
  if seconds - since < 3600 then return 'list_shrunk' end
  set('shrunk', '')
  set('shrunk_at', seconds)
  notes[#notes + 1] = { 'service_account.list_shrunk', lost .. ' of ' .. #had }
  return nil
end

local why = nil
if listed ~= '' and old[6] == '1' then why = doubt() end
if why then state, reason, listed = 'unreachable', why, '' end

if listed ~= '' then
  local has, is, was = {}, set_of(list), set_of(had)
  local gone, joined = map_of(old[8] or ''), map_of(old[9] or '')
  local left, came, foreign = {}, {}, {}
  for _, linked in ipairs(list) do
    local owner = owner_of(whose, linked)
    if not owner or owner == id then
      has[#has + 1] = linked
      gone[linked] = nil
      if not first and not was[string.lower(linked)] then
        came[#came + 1] = linked
        joined[linked] = tonumber(seconds)
      end
    else
      foreign[linked] = 1
    end
  end
  for _, linked in ipairs(first and {} or had) do
    if not is[string.lower(linked)] then
      left[#left + 1] = linked
      joined[linked] = nil
      gone[linked] = tonumber(seconds)
    end
  end
  if #came > 0 then
    notes[#notes + 1] = { 'linked_account.join', some_of(came) }
  end
  if #left > 0 then
    notes[#notes + 1] = { 'linked_account.leave', some_of(left) }
  end
  json = #has > 0 and cjson.encode(has) or '[]'
  set('linked', json)
  set('linked_at', seconds)
  set('verified_at', now)
  set('gone', cjson.encode(gone))
  set('joined', cjson.encode(joined))
  set('foreign', cjson.encode(foreign))
end

-- first, because it may be refused: then nothing is half done
for _, told in ipairs(notes) do
  note(id, old[12], told[1], told[2])
end

touch('account', id)

if listed ~= '' then
  disown(id, whose, had)
  own(id, whose, texts_of(json))
end

if state == 'ok' and old[4] == 'rejected' then call('DEL', failing) end
if state == 'ok' and old[4] == 'unreachable' and old[11] ~= 'list_empty'
  and old[11] ~= 'list_shrunk' and call('EXISTS', failing) == 1
then
  state, reason = old[4], old[11] or ''
end

set('state', state)
set('tried_at', seconds)
set('unread', listed == '' and 1 or 0)
if reason ~= (old[11] or '') then
  set('reason', reason)
  set('reason_since', seconds)
end
call('HSET', key, unpack(fields))
if listed ~= '' or state ~= old[4] or reason ~= (old[11] or '') then
  call('HINCRBY', key, 'revision', 1)
end
call('DEL', base .. 'lock:list:' .. id .. ':' .. version)
return { 'ok', json }

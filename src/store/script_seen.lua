-- Linked accounts that costs have come of.  ARGV: id, version of the credentials,
-- now (seconds), JSON list.  Those that are not known, and no other account has,
-- join.  Answers ok or missing.

local id, version, seconds, listed = unpack(ARGV)
local key = object('account', id)
local old = call('HMGET', key, 'credential_version', 'provider', 'linked',
  'cloud', 'gone', 'joined', 'name')
if old[1] ~= version then return { 'missing' } end

local whose, has = scope(old[4], old[2]), texts_of(old[3])
local was, came = set_of(has), {}
for _, linked in ipairs(texts_of(listed)) do
  local folded = string.lower(linked)
  if not was[folded] and not owner_of(whose, linked) then
    was[folded] = true
    has[#has + 1] = linked
    came[#came + 1] = linked
  end
end
if #came == 0 then return { 'ok' } end

local gone, joined = map_of(old[5] or ''), map_of(old[6] or '')
for _, linked in ipairs(came) do
  gone[linked] = nil
  joined[linked] = tonumber(seconds)
end

-- first, because it may be refused: then nothing is half done
note(id, old[7], 'linked_account.join', some_of(came))
touch('account', id)
own(id, whose, came)
call('HSET', key, 'linked', cjson.encode(has), 'gone', cjson.encode(gone),
  'joined', cjson.encode(joined))
call('HINCRBY', key, 'revision', 1)
return { 'ok' }

-- ARGV: audit()'s, kind, id, version that it must have, now, folded name, parent,
-- then field and value of what changes.  An account's "linked" among them says
-- that its credentials change.
--
-- Answers ok; missing; version; parent; cycle; depth; name; alike; or overlap.

local kind, id, version, now, fold, parent = unpack(ARGV, 7, 12)
local key, k = object(kind, id), kinds[kind]
local f = {}
for i = 13, #ARGV, 2 do f[ARGV[i]] = ARGV[i + 1] end

local old = call('HMGET', key, 'version', k.parent, 'fold', 'provider', 'linked',
  'cloud', 'looks')
if not old[1] then return { 'missing' } end
if old[1] ~= version then return { 'version' } end

local moved = old[2] ~= parent
if moved and parent ~= '' then
  if not exists(k.holder, parent) then return { 'parent' } end
  if nests(kind) then
    if below(kind, parent, id) then return { 'cycle' } end
    if depth(kind, parent) + height(kind, id, DEPTH) > DEPTH then
      return { 'depth' }
    end
  end
end

local was, is = names(kind, old[2]), names(kind, parent)
local other = call('HGET', is, fold)
if other and other ~= id then return { 'name' } end
local lines = looks_of(f.looks, parent, fold)
if alike(kind, parent, id, lines) then return { 'alike' } end

local linked = f.linked and texts_of(f.linked)
local whose = scope(f.cloud or old[6], old[4])
local taken = linked and overlap(id, whose, linked)
if taken then return taken end

-- first, because it may be refused: then nothing is half done
audit(id)
touch(kind, id)

if linked then
  disown(id, scope(old[6], old[4]), texts_of(old[5]))
  own(id, whose, linked)
  drop_blocks(id)
end

unlook(kind, old[2], id, looks_of(old[7], old[2], old[3]))
look(kind, parent, id, lines)
call('HDEL', was, old[3])
call('HSET', is, fold, id)
call('HSET', key, k.parent, parent, 'fold', fold, 'updated_at', now,
  'version', version + 1, 'revision', 0)
for field, value in pairs(f) do call('HSET', key, field, value) end

if k.members == 'counted' and moved then
  call('SMOVE', base .. members(k, old[2]), base .. members(k, parent), id)
  revise(k.holder, old[2])
  revise(k.holder, parent)
end

return { 'ok' }

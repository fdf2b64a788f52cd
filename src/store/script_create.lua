-- ARGV: audit()'s, kind, id, once, digest, answer, now, folded name, parent, then
-- field and value of the object, in turn.
--
-- Answers ok; replay (with id and answer) or reused: the once key is known; taken:
-- the id is; parent: there is none; depth; name; alike: a sibling's name looks
-- like this one; or overlap.

local kind, id, once, digest, answer, now, fold, parent = unpack(ARGV, 7, 14)
local key, k = object(kind, id), kinds[kind]
local f = {}
for i = 15, #ARGV, 2 do f[ARGV[i]] = ARGV[i + 1] end

local known = replay(once, digest)
if known then return known end
if exists(kind, id) then return { 'taken' } end
if parent ~= '' and not exists(k.holder, parent) then return { 'parent' } end
if nests(kind) and depth(kind, parent) >= DEPTH then return { 'depth' } end
if call('HEXISTS', names(kind, parent), fold) == 1 then return { 'name' } end
local lines = looks_of(f.looks, parent, fold)
if alike(kind, parent, id, lines) then return { 'alike' } end

local linked = texts_of(f.linked)
local whose = scope(f.cloud, f.provider)
local taken = overlap(id, whose, linked)
if taken then return taken end

-- first, because it may be refused: then nothing is half done
audit(id)
touch(kind, id)

call('HSET', key, k.parent, parent, 'fold', fold, 'version', 1, 'revision', 0,
  'created_at', now, 'updated_at', now, 'seq', call('HINCRBY', meta, 'seq', 1))
for field, value in pairs(f) do call('HSET', key, field, value) end
call('HSET', names(kind, parent), fold, id)
look(kind, parent, id, lines)
call('SADD', base .. k.list, id)
own(id, whose, linked)

if k.members == 'counted' then
  call('SADD', base .. members(k, parent), id)
  revise(k.holder, parent)
end

if once ~= '' then
  local record = base .. 'once:' .. string.match(once, '^[^,]+')
  call('HSET', record, 'digest', string.match(digest, '^[^,]+'), 'id', id,
    'answer', answer)
  call('EXPIRE', record, 86400)
end

return { 'ok' }

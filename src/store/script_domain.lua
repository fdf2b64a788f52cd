-- What all scripts of a domain know.  KEYS: meta.  Before this stands what
-- kinds.h makes: SCHEMA, and kinds, in their order and by name.

local call, meta = redis.call, KEYS[1]
local base = string.sub(meta, 1, -5)

for _, k in ipairs(kinds) do kinds[k.kind] = k end

local function object(kind, id)
  return base .. kind .. ':' .. id
end

local function exists(kind, id)
  return call('EXISTS', object(kind, id)) == 1
end

-- the index of siblings, by their names or by what these look like; the kind's,
-- where names are those of the whole domain
local function siblings(kind, parent, what)
  local index = kind .. '_' .. what
  return kinds[kind].names == 'domain' and index or index .. ':' .. parent
end

-- the SET of those of a kind that lie in this one, where it counts them
local function members(k, parent)
  return k.holder .. ':' .. parent .. ':' .. k.list
end

-- kinds that lie in one of this kind
local function held_by(kind)
  local list = {}
  for _, k in ipairs(kinds) do
    if k.holder == kind then list[#list + 1] = k end
  end
  return list
end

-- nil: others have put there what is no list of texts
local function list_of(json)
  local ok, list = pcall(cjson.decode, json)
  if not ok or type(list) ~= 'table' then return nil end
  for i = 1, #list do
    if type(list[i]) ~= 'string' then return nil end
  end
  return list
end


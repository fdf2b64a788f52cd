-- Kinds that lie in their like: at most so many levels.

local DEPTH = 8

local function nests(kind)
  return kinds[kind].holder == kind
end

-- levels from the root down to this one, itself included
local function depth(kind, id)
  local n = 0
  while id and id ~= '' and n < 100 do
    n = n + 1
    id = call('HGET', object(kind, id), kinds[kind].parent)
  end
  return n
end

-- levels of the tree that starts with this one
local function height(kind, id, limit)
  local most = 0
  if limit == 0 then return 1 end
  for _, child in ipairs(call('HVALS', names(kind, id))) do
    most = math.max(most, height(kind, child, limit - 1))
  end
  return most + 1
end

local function below(kind, id, ancestor)
  local n = 0
  while id and id ~= '' and n < 100 do
    if id == ancestor then return true end
    n = n + 1
    id = call('HGET', object(kind, id), kinds[kind].parent)
  end
  return false
end


-- Which account has which linked accounts.  Their ids are those of a cloud, in
-- any case.

local claims = base .. 'linked_accounts'

-- accounts of an earlier version name no cloud
local function scope(cloud, provider)
  return (cloud or provider or '') .. '/'
end

-- what others may have put there must not end a script half way
local function texts_of(json)
  local ok, list = pcall(cjson.decode, json)
  local texts = {}
  if not ok or type(list) ~= 'table' then return texts end
  for _, item in ipairs(list) do
    if type(item) == 'string' then texts[#texts + 1] = item end
  end
  return texts
end

local function owner_of(whose, linked)
  return call('HGET', claims, whose .. string.lower(linked))
end

-- whose linked accounts are a part of this one
local function parts(whose, linked, add)
  if string.match(linked, '^%d+$') then return end
  local all = call('HGETALL', claims)
  local start = whose .. string.lower(linked) .. '/'
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, #start) == start then
      add(string.sub(all[i], #whose + 1), all[i + 1])
    end
  end
end

-- linked, owner, linked, owner, ... of what others have
local function overlap(id, whose, list)
  local found = { 'overlap' }
  local function add(linked, owner)
    if owner and owner ~= id then
      found[#found + 1] = linked
      found[#found + 1] = owner
    end
  end
  for _, linked in ipairs(list) do
    local outer = linked
    while outer do
      add(outer, owner_of(whose, outer))
      outer = string.match(outer, '^(.+)/')
    end
  end
  if #list == 1 then parts(whose, list[1], add) end
  return #found > 1 and found or nil
end

-- what nodes of schema 1 call it, while there may be any
local function before(whose, linked)
  if oldest == 1 and whose == 'aws/' then
    return 'hyperbilling_aws/' .. linked
  end
end

local function own(id, whose, list)
  for _, linked in ipairs(list) do
    local old = before(whose, linked)
    call('HSET', claims, whose .. string.lower(linked), id)
    if old then call('HSET', claims, old, id) end
  end
end

local function disown(id, whose, list)
  for _, linked in ipairs(list) do
    if owner_of(whose, linked) == id then
      local old = before(whose, linked)
      call('HDEL', claims, whose .. string.lower(linked))
      if old then call('HDEL', claims, old) end
    end
  end
end


-- What scripts have in common that learn of linked accounts.  Nobody causes them
-- by hand, so that the audit log names no user.

local function map_of(text)
  local ok, map = pcall(cjson.decode, text)
  return ok and type(map) == 'table' and map or {}
end

local function set_of(ids)
  local is = {}
  for _, linked in ipairs(ids) do is[string.lower(linked)] = true end
  return is
end

local function some_of(ids)
  return table.concat(ids, ',', 1, math.min(#ids, 20))
    .. (#ids > 20 and ',...' or '')
end

local function note(id, name, action, changes)
  log('', '', '', action, name or '', changes, id)
end


-- Names, and what they look like (core/looks.h), among siblings.

local function names(kind, parent)
  return base .. siblings(kind, parent, 'names')
end

local function looks(kind, parent)
  return base .. siblings(kind, parent, 'looks')
end

-- lines of what a name looks like; none, if somebody has renamed or moved the
-- object who knew of none
local function looks_of(text, parent, fold)
  local lines = {}
  for line in string.gmatch(text or '', '[^\n]+') do
    lines[#lines + 1] = line
  end
  local whose = (parent or '') .. '/' .. (fold or '')
  return table.remove(lines, 1) == whose and lines or {}
end

-- does a sibling look so?  An entry is believed if it says the same
local function alike(kind, parent, id, lines)
  local k = kinds[kind]
  for _, line in ipairs(lines) do
    local other = call('HGET', looks(kind, parent), line)
    local f = other and other ~= id and call('HMGET', object(kind, other),
      'looks', k.parent, 'fold') or {}
    for _, its in ipairs(looks_of(f[1], f[2], f[3])) do
      if its == line and (k.names == 'domain' or f[2] == parent) then
        return true
      end
    end
  end
end

local function unlook(kind, parent, id, lines)
  for _, line in ipairs(lines) do
    if call('HGET', looks(kind, parent), line) == id then
      call('HDEL', looks(kind, parent), line)
    end
  end
end

local function look(kind, parent, id, lines)
  for _, line in ipairs(lines) do
    call('HSET', looks(kind, parent), line, id)
  end
end


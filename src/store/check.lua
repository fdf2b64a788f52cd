-- Whether what a domain has in Redis agrees with itself, a slice at a time.
--
-- A slice is one script, so that whatever it compares is of one moment: no
-- write that runs beside a check looks like damage.  Nothing is written.
--
-- ARGV: what to go through - the name of an index, or "" for the
-- keys of the domain -, the cursor, and about how many at a time.
--
-- Answers the next cursor ("0": this was the end), how many the index has
-- (sets only), how many cost blocks were seen, indexes to be gone through as
-- well, sealed credentials (account, provider, version, text, ...), and what was
-- found (code, object, detail, ...).

local name, cursor, count = ARGV[1], ARGV[2], ARGV[3]
local later, sealed, found, blocks = {}, {}, {}, 0

local function find(code, object, ...)
  found[#found + 1] = code
  found[#found + 1] = object
  found[#found + 1] = string.format(...)
end

-- false: a key of another type, which is found by itself
local function ask(...)
  local reply = redis.pcall(...)
  if type(reply) ~= 'table' or not reply.err then return reply end
  if string.sub(reply.err, 1, 9) == 'WRONGTYPE' then return false end
  error(reply.err)
end

-- see schema.h; of a newer schema nothing else is known
local mixed, early, newer = false, false, false

local function check_schema()
  local m = ask('HMGET', meta, 'schema', 'schema_min', 'generation') or {}
  local schema, least = tonumber(m[1]), tonumber(m[2])
  if not m[1] then
    if m[3] then find('schema_wrong', 'meta', 'it has no schema number') end
    return
  end
  newer = not schema or (least or schema) > SCHEMA
  mixed = least and least < SCHEMA
  early = least == 1
  if newer or schema < SCHEMA then
    find('schema_wrong', 'meta',
      'its schema is "%s", the oldest "%s"; this version has %d',
      m[1], m[2] or '', SCHEMA)
  elseif not least or least > schema then
    find('schema_wrong', 'meta', 'its oldest schema is "%s"', m[2] or '')
  end
end

local function fields(kind, id, ...)
  return ask('HMGET', object(kind, id), ...) or {}
end

local function count_of(text)
  return text and string.match(text, '^%d+$') and tonumber(text) or nil
end

local function check_parent(kind, id, parent)
  local k = kinds[kind]
  if parent == '' and k.members ~= 'counted' then return end
  if not exists(k.holder, parent) then
    find('parent_missing', id, 'there is no "%s" that it lies in', parent)
    return
  end
  if k.holder ~= kind then return end
  local up, n = parent, 1
  while up and up ~= '' and up ~= id and n <= 8 do
    n = n + 1
    up = fields(kind, up, k.parent)[1]
  end
  if up == id then
    find('group_cycle', id, 'it lies within itself')
  elseif n > 8 then
    find('group_depth', id, 'it lies too deep')
  end
end

local function check_name(kind, id, fold, parent)
  local index = siblings(kind, parent, 'names')
  local other = ask('HGET', base .. index, fold)
  if other ~= id then
    find('name_missing', id, '%s has "%s" for its name', index,
      other or 'nothing')
  end
end

local function check_numbers(id, f)
  for i, field in ipairs({ 'version', 'revision', 'seq' }) do
    if not count_of(f[i]) then
      find('field_wrong', id, 'its %s is no number', field)
    end
  end
  local last = count_of(ask('HGET', meta, 'seq') or '0') or 0
  if (count_of(f[3]) or 0) > last then
    find('counter_wrong', id, 'its seq is beyond the last one, %d', last)
  end
end

-- as the scripts that write have them
local function scope(cloud, provider)
  return (cloud or provider or '') .. '/'
end

-- what an account's linked accounts are claimed by: all names, and those that
-- may be there besides while nodes of schema 1 are at work
local function claims_of(f, list)
  local must, may = {}, {}
  local whose = scope(f.cloud, f.provider)
  for _, linked in ipairs(list) do
    must[#must + 1] = whose .. string.lower(linked)
    if early and f.cloud == 'aws' then
      must[#must + 1] = 'hyperbilling_aws/' .. linked
    end
    if early then may[#may + 1] = f.provider .. '/' .. linked end
  end
  return must, may
end

local function claims_of_account(id)
  local f = fields('account', id, 'provider', 'linked', 'cloud')
  local list = f[1] and list_of(f[2] or '[]') or {}
  return claims_of({ provider = f[1], cloud = f[3] }, list)
end

local function has(list, text)
  for _, item in ipairs(list) do
    if item == text then return true end
  end
  return false
end

local function check_linked(id, f, json)
  local list = list_of(json)
  if not list then
    find('field_wrong', id, 'its linked accounts are no list of texts')
    return
  end
  local want = claims_of(f, list)
  for i = 1, #want, 1000 do
    local last = math.min(i + 999, #want)
    local owners = ask('HMGET', base .. 'linked_accounts',
      unpack(want, i, last)) or {}
    for n = i, last do
      local owner = owners[n - i + 1]
      if owner and owner ~= id and has(claims_of_account(owner), want[n]) then
        find('linked_twice', id, '"%s" belongs to "%s", too', want[n], owner)
      elseif owner ~= id then
        find('linked_missing', id, '"%s" belongs to "%s"', want[n],
          owner or 'nobody')
      end
    end
  end
end

local function check_member(k, id, parent)
  if ask('SISMEMBER', base .. members(k, parent), id) ~= 1 then
    find(k.holder .. '_set_missing', id, 'the set of "%s" lacks it', parent)
  end
end

local function check_account(id)
  local f = fields('account', id, 'provider', 'linked', 'credential',
    'credential_version', 'cloud')
  check_linked(id, { provider = f[1] or '', cloud = f[5] }, f[2] or '[]')
  if not f[1] or not f[3] or not count_of(f[4]) then
    find('field_wrong', id, 'it lacks provider or credentials')
    return
  end
  for _, text in ipairs({ id, f[1], f[4], f[3] }) do
    sealed[#sealed + 1] = text
  end
  if not mixed and string.sub(f[3], 1, 3) == 'v1:' then
    find('credential_unbound', id,
      'an older one could be put in its place: POST reseal binds its version')
  end
end

local inspect

-- small ones at once, large ones in slices of their own
local function within(index, size, all)
  local n = ask(size, base .. index)
  if not n or n == 0 then return end
  if n > 20 then
    later[#later + 1] = index
  else
    inspect(index, ask(all, base .. index))
  end
end

-- without an entry, another name may look the same; one too many does no harm
local function check_looks(kind, id, fold, text, parent)
  local index = siblings(kind, parent, 'looks')
  local whose, lines = string.match(text or '', '^([^\n]*)\n(.*)$')
  if whose ~= parent .. '/' .. fold then return end
  for line in string.gmatch(lines, '[^\n]+') do
    local other = ask('HGET', base .. index, line)
    if other ~= id then
      find('name_missing', id, '%s has "%s" for what its name looks like',
        index, other or 'nothing')
      return
    end
  end
end

-- what one object says of itself, and others of it
local function check(kind, id)
  local k = kinds[kind]
  local f = fields(kind, id, 'version', 'revision', 'seq', 'fold', k.parent, 'looks')
  if #f == 0 then return end
  local parent = f[5] or ''
  check_numbers(id, f)
  check_parent(kind, id, parent)
  if f[4] then
    check_name(kind, id, f[4], parent)
    check_looks(kind, id, f[4], f[6], parent)
  else
    find('field_wrong', id, 'it has no name')
  end
  if not ask('ZSCORE', base .. 'changes', kind .. ':' .. id) then
    find('change_missing', id, 'readers are not told of it')
  end
  if k.members == 'counted' then check_member(k, id, parent) end
  if kind == 'account' then check_account(id) end
  for _, held in ipairs(held_by(kind)) do
    if held.members == 'counted' then
      within(members(held, id), 'SCARD', 'SMEMBERS')
    else
      within(siblings(held.kind, id, 'names'), 'HLEN', 'HGETALL')
    end
  end
end

local function inspect_index(k, list)
  for _, id in ipairs(list) do
    if exists(k.kind, id) then
      check(k.kind, id)
    else
      find('index_gone', id, 'it is listed in %s, but not there', k.list)
    end
  end
end

local function inspect_names(index, k, parent, list)
  for i = 1, #list, 2 do
    local f = fields(k.kind, list[i + 1], 'fold', k.parent)
    if f[1] ~= list[i] or k.names == 'siblings' and f[2] ~= parent then
      find('name_gone', list[i + 1], '%s has "%s" for it', index, list[i])
    end
  end
end

local function inspect_members(k, parent, list)
  for _, id in ipairs(list) do
    if fields(k.kind, id, k.parent)[1] ~= parent then
      find(k.holder .. '_set_gone', id, 'the set of "%s" has it', parent)
    end
  end
end

local function inspect_linked(list)
  local owned = {}
  for i = 1, #list, 2 do
    local id = list[i + 1]
    if not owned[id] then
      owned[id] = {}
      for _, names in ipairs({ claims_of_account(id) }) do
        for _, claim in ipairs(names) do owned[id][claim] = true end
      end
    end
    if not owned[id][list[i]] then
      find('linked_gone', id, '"%s" is said to belong to it', list[i])
    end
  end
end

local function inspect_changes(list)
  local last = tonumber(ask('HGET', meta, 'generation') or 0) or 0
  for i = 1, #list, 2 do
    local there = call('EXISTS', base .. list[i]) == 1
    local gone = ask('ZSCORE', base .. 'deleted', list[i])
    if not there and not gone then
      find('change_gone', list[i], 'its end was told to nobody')
    elseif there and gone then
      find('change_gone', list[i], 'it is there, but listed as deleted')
    end
    if tonumber(list[i + 1]) > last then
      find('counter_wrong', list[i], 'it changed after the last change')
    end
  end
end

local function inspect_deleted(list)
  for i = 1, #list, 2 do
    if not ask('ZSCORE', base .. 'changes', list[i]) then
      find('change_gone', list[i], 'its end is told to nobody')
    end
  end
end

-- the kind that has such a list, and, of those in one holder, which
local function listed(index)
  local holder, id, list = string.match(index, '^([^:]+):(.*):([^:]+)$')
  for _, k in ipairs(kinds) do
    if k.list == index then return k end
    if k.list == list and k.holder == holder then return k, id end
  end
end

inspect = function (index, list)
  local named, parent = string.match(index, '^([%w_]+)_names:?(.*)$')
  local k, holder = listed(index)
  if named then
    inspect_names(index, kinds[named], parent, list)
  elseif holder then
    inspect_members(k, holder, list)
  elseif k then
    inspect_index(k, list)
  elseif index == 'linked_accounts' then
    inspect_linked(list)
  elseif index == 'changes' then
    inspect_changes(list)
  else
    inspect_deleted(list)
  end
end

local types = {
  meta = 'hash', answers = 'hash', changes = 'zset', deleted = 'zset',
  linked_accounts = 'hash', provider = 'hash', cost = 'hash', once = 'hash',
  refused = 'string', verifying = 'hash', lock = 'string', usage = 'hash',
  permits = 'zset', waiting = 'hash', paused = 'string', full = 'set',
  paced = 'zset', failing = 'hash', resume = 'hash', audit = 'stream'
}

for _, k in ipairs(kinds) do
  types[k.list] = 'set'
  types[k.kind] = 'hash'
  types[k.kind .. '_names'] = 'hash'
  types[k.kind .. '_looks'] = 'hash'
end

local passing = {
  cost = true, once = true, refused = true, verifying = true, lock = true, usage = true,
  permits = true, waiting = true, paused = true, full = true,
  paced = true, failing = true, resume = true
}

local function inspect_block(key, tail)
  local id, version = string.match(tail, '^([^:]*):(%d+):')
  blocks = blocks + 1
  if not id or fields('account', id, 'credential_version')[1] ~= version then
    find('block_gone', key, 'it is of no account or of other credentials')
  elseif ask('SISMEMBER', object('account', id) .. ':blocks', base .. key)
    ~= 1
  then
    find('block_unlisted', key, 'it would outlive its account')
  end
end

local function inspect_key(key, word, tail)
  local id = string.match(tail, '^([^:]*)')
  local named = kinds[string.match(word, '^(.*)_names$')
    or string.match(word, '^(.*)_looks$')]
  if passing[word] and call('TTL', base .. key) == -1 then
    find('no_expiry', key, 'it would stay for ever')
  end
  if word == 'cost' then
    inspect_block(key, tail)
  elseif kinds[word] and id == tail then
    if ask('SISMEMBER', base .. kinds[word].list, id) ~= 1 then
      find('index_missing', id, 'it is not listed in %s', kinds[word].list)
      check(word, id)
    end
  elseif kinds[word] then
    if not exists(word, id) then
      find('orphan', key, 'there is no "%s"', id)
    end
  elseif named and named.names == 'siblings' and id ~= ''
    and not exists(named.holder, id)
  then
    find('orphan', key, 'there is no "%s"', id)
  end
end

local function inspect_keys(list)
  for _, whole in ipairs(list) do
    local key = string.sub(whole, #base + 1)
    local word, tail = string.match(key, '^([^:]+):?(.*)$')
    local want, is = types[word], call('TYPE', whole).ok
    if kinds[word] and string.find(tail, ':') then want = 'set' end
    if want and is ~= want and is ~= 'none' then
      find('wrong_type', key, 'it is a %s, not a %s', is, want)
    elseif want and is ~= 'none' then
      inspect_key(key, word, tail)
    end
  end
end

local size, reply = 0, nil
check_schema()
if newer then
  reply = { '0', {} }
elseif name == '' then
  local glob = string.gsub(base, '[%*%?%[%]%^\\]', '\\%0') .. '*'
  reply = call('SCAN', cursor, 'MATCH', glob, 'COUNT', count)
  inspect_keys(reply[2])
else
  local is = call('TYPE', base .. name).ok
  local scan = ({ set = 'SSCAN', hash = 'HSCAN', zset = 'ZSCAN' })[is]
  local _, holder = listed(name)
  local word = holder and 'set' or types[string.match(name, '^[^:]+')]
  reply = { '0', {} }
  if scan and is == word then
    reply = call(scan, base .. name, cursor, 'COUNT', count)
    if is == 'set' then size = call('SCARD', base .. name) end
    inspect(name, reply[2])
  end
end

return { reply[1], size, blocks, later, sealed, found }

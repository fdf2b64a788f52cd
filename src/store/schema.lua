-- Puts a domain's data into the form of this schema, where they are of an older
-- one or where a node of an older version has written since; ends the upgrade.
--
-- What is written down twice, the claims of linked accounts, is made anew of the
-- accounts, which have always been the truth: a linked account belongs to the
-- eldest that lists it.  While nodes of schema 1 may be at work, claims have the
-- names of then besides, and nothing is taken away that they read.
--
-- ARGV: audit()'s, then "" (as any first use), "check" (the same,
-- but a number that was lost stays lost) or "end", then provider and cloud, in
-- turn.
--
-- Answers newer, with the schema: nothing was done; or ok, "0": nothing was to be
-- done, "1": something was, "2": data of an older schema have this one now; "1":
-- an upgrade was ended; how many claims were removed; and what two accounts had
-- both: account that had to give it up, linked account, its owner, ...

local index = base .. 'linked_accounts'
local mode, OLDEST = ARGV[7], 1

-- what linked accounts of a cloud were claimed by before schema 2
local BEFORE = { aws = 'hyperbilling_aws' }

local clouds = {}
for i = 8, #ARGV, 2 do clouds[ARGV[i]] = ARGV[i + 1] end

local m = call('HMGET', meta, 'schema', 'schema_min', 'generation',
  'schema_' .. SCHEMA, 'pruned')
local schema, least = tonumber(m[1]), tonumber(m[2] or m[1])
local generation, settled = m[3], m[4]
local open = least and least < SCHEMA

if m[1] and (not schema or not least or least > SCHEMA) then
  return { 'newer', m[1] }
end

local older = not m[1] or schema < SCHEMA
local behind = generation and (older or generation ~= settled)
local ending = mode == 'end' and (open or older and generation)

if not behind and not ending or mode == 'check' and settled and not m[1] then
  return { 'ok', '0', '0', '0' }
end

-- all accounts, or those that changed since it was in order; who writes after
-- the end of an upgrade begins it again
local whole = older or ending or not open and schema == SCHEMA
  or tonumber(m[5] or 0) > (tonumber(settled) or 0)

-- the schema of the oldest nodes that may be at work from now on
local oldest = least or OLDEST
if ending then
  oldest = SCHEMA
elseif whole and schema == SCHEMA then
  oldest = OLDEST
end
local early = oldest == 1

local function changed_since(last)
  local ids, seen = {}, {}
  for _, name in ipairs(call('ZRANGEBYSCORE', base .. 'changes',
    '(' .. last, '+inf'))
  do
    local id = string.match(name, '^account:(.+)$')
    if id and not seen[id] then
      ids[#ids + 1] = id
      seen[id] = true
    end
  end
  return ids
end

-- of each account: id, seq, list, and what its claims are called
local function accounts_of(ids)
  local found = {}
  for _, id in ipairs(ids) do
    local key = base .. 'account:' .. id
    local f = call('HMGET', key, 'provider', 'cloud', 'linked', 'seq')
    local cloud = f[2] or clouds[f[1] or '']
    local account = { id = id, seq = tonumber(f[4]) or 0,
      gone = not f[1] and call('EXISTS', key) == 0 }
    if f[1] then
      if not f[2] and cloud then call('HSET', key, 'cloud', cloud) end
      account.list = list_of(f[3] or '[]')
      account.cloud = (cloud or f[1]) .. '/'
      account.provider = f[1] .. '/'
      account.before = BEFORE[cloud] and BEFORE[cloud] .. '/'
    end
    found[#found + 1] = account
    found[id] = account
  end
  table.sort(found, function (a, b)
    if a.seq ~= b.seq then return a.seq < b.seq end
    return a.id < b.id
  end)
  return found
end

-- a list of words for a command, a thousand at a time
local function portions(command, words)
  for i = 1, #words, 1000 do
    call(command, index, unpack(words, i, math.min(i + 999, #words)))
  end
end

local function touch(id)
  generation = call('HINCRBY', meta, 'generation', 1)
  call('ZADD', base .. 'changes', generation, 'account:' .. id)
end

-- what an account must give up: as when its list is read again
local function shorten(account, list)
  local key = base .. 'account:' .. account.id
  call('HSET', key, 'linked', #list > 0 and cjson.encode(list) or '[]')
  call('HINCRBY', key, 'revision', 1)
  touch(account.id)
end

local twice = {}

-- some of them are enough
local function tell(...)
  for i = 1, #twice < 300 and 3 or 0 do twice[#twice + 1] = select(i, ...) end
end

-- names of claims -> owner: those wanted, and those that may stay
local function wanted_of(accounts, owners)
  local wanted, may = {}, {}
  for _, account in ipairs(accounts) do
    local list = {}
    for _, linked in ipairs(account.list or {}) do
      local name = account.cloud .. string.lower(linked)
      local owner = wanted[name] or owners[name]
      if owner and owner ~= account.id then
        tell(account.id, linked, owner)
      else
        list[#list + 1] = linked
        wanted[name] = account.id
        may[account.provider .. linked] = account.id
        if account.before and early then
          wanted[account.before .. linked] = account.id
        end
      end
    end
    if account.list and #list < #account.list then shorten(account, list) end
  end
  return wanted, early and may or {}
end

-- claims of others, and those of the accounts in question
local function claims_of(accounts)
  local all, others, theirs = call('HGETALL', index), {}, {}
  for i = 1, #all, 2 do
    local name, owner = all[i], all[i + 1]
    local account = accounts[owner]
    if account and (account.list or account.gone)
      or not account and whole
    then
      theirs[name] = owner
    else
      others[name] = owner
    end
  end
  return others, theirs
end

local function claim(accounts)
  local others, theirs = claims_of(accounts)
  local wanted, may = wanted_of(accounts, others)
  local add, remove = {}, {}
  for name, owner in pairs(wanted) do
    if theirs[name] ~= owner then
      add[#add + 1] = name
      add[#add + 1] = owner
    end
  end
  for name, owner in pairs(theirs) do
    -- what a newer schema claims by names of its own is none of ours
    if not wanted[name] and may[name] ~= owner
      and (older or schema == SCHEMA)
    then
      remove[#remove + 1] = name
    end
  end
  portions('HSET', add)
  portions('HDEL', remove)
  return #remove
end

-- schema 1 counts calls for ever
local function expire_usage()
  local now, since = tonumber(call('TIME')[1]),
    tonumber(call('HGET', meta, 'created_at') or 0)
  if not since or since < now - 400 * 86400 then since = now - 400 * 86400 end
  -- civil months from days since 1970-01-01, by way of 0000-03-01
  local function month_of(time)
    local day = math.floor(time / 86400) + 719468
    local era = math.floor(day / 146097)
    local n = day - era * 146097
    local year = math.floor((n - math.floor(n / 1460) + math.floor(n / 36524)
      - math.floor(n / 146096)) / 365)
    local left = n - (365 * year + math.floor(year / 4)
      - math.floor(year / 100))
    local month = math.floor((5 * left + 2) / 153) + 3
    if month > 12 then year, month = year + 1, month - 12 end
    return string.format('%04d-%02d', year + era * 400, month)
  end
  for time = since, now + 27 * 86400, 27 * 86400 do
    local key = base .. 'usage:' .. month_of(time)
    if call('TTL', key) == -1 then call('EXPIRE', key, 400 * 86400) end
  end
end

-- first, because it may be refused: then nothing is half done
if ending then
  audit('')
else
  call('HSET', meta, 'schema_' .. SCHEMA, settled or '0')
end

local ids = whole and call('SMEMBERS', base .. 'accounts')
  or changed_since(settled or 0)
local removed = #ids > 0 and claim(accounts_of(ids)) or 0

if whole then expire_usage() end

if older then call('HSET', meta, 'schema', SCHEMA) end
if not schema or schema <= SCHEMA then
  call('HSET', meta, 'schema_min', math.min(oldest, SCHEMA))
end
if generation then call('HSET', meta, 'schema_' .. SCHEMA, generation) end

-- a node of an older version tells nobody of what it writes
local prefix, domain = string.match(base, '^(.-){(.*)}:$')
call('DEL', base .. 'answers')
redis.pcall('PUBLISH', prefix .. 'changed', domain)

return { 'ok', older and '2' or '1', ending and '1' or '0',
  tostring(removed), unpack(twice) }

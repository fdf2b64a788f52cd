-- KEYS: the block, the account's set of blocks, the account.  ARGV: validity,
-- version of the credentials, when the fetch began, what lies in the future, the
-- fields, changes of a closed month or nothing, and what ages.c says.
--
-- An account deleted while its costs were fetched gets no block, nor one whose
-- credentials were changed, or nobody would ever remove it.  What took so long
-- that somebody else has taken the lock and written what is newer does not
-- replace it.  For "meta" see core/block_meta.c.  Answers that were made
-- of blocks go with what they were made of, and all nodes are told.

local no = denied('DEL EXPIRE2 HDEL2 HGET2 HINCRBY3 HKEYS HSET3 SADD2')
if no then return no end

local call = redis.call
local block, blocks, account = unpack(KEYS)
local valid, version, began, future, meta = unpack(ARGV, 1, 5)

if call('HGET', account, 'credential_version') ~= version then return 0 end

-- when a block was read
local function read_at(text)
  local at, unit = 0, 1
  for i = 10, math.min(#text, 15) do
    local byte = string.byte(text, i)
    at = at + byte % 128 * unit
    unit = unit * 128
    if byte < 128 then break end
  end
  return at
end

local is = redis.pcall('HGET', block, 'meta')
if type(is) == 'string' and string.sub(is, 1, 9) == string.sub(meta, 1, 9) then
  local at = read_at(is)
  if at > tonumber(began) and at < tonumber(future) then return 0 end
end

local prefix, domain = string.match(account, '^(.-){(.-)}:')
local base = prefix .. '{' .. domain .. '}:'
local id = string.sub(account, #base + #'account:' + 1)

call('HINCRBY', base .. 'meta', 'costs', 1)
call('DEL', block, base .. 'answers')
call('HSET', block, 'meta', meta, 'total', ARGV[6], 'service', ARGV[7],
  'region', ARGV[8], 'cells', ARGV[9])
if ARGV[10] ~= '' then call('HSET', block, 'restated', ARGV[10]) end
call('EXPIRE', block, valid)
call('HDEL', base .. 'failing:' .. id .. ':' .. version,
  string.match(block, '[DM][sd]?:[%d-]+$'))
call('SADD', blocks, block)

if #ARGV > 10 then
  local ages = string.gsub(block, 'D:[%d-]+$', 'ages')
  for _, field in ipairs(call('HKEYS', ages)) do
    if field < ARGV[11] then call('HDEL', ages, field) end
  end
  call('HSET', ages, unpack(ARGV, 12))
  call('EXPIRE', ages, valid)
  call('SADD', blocks, ages)
end

redis.pcall('PUBLISH', prefix .. 'changed', domain)
return 1

-- See schema.h.  oldest: the schema of the oldest nodes that may
-- be at work, 0: this one; unfit: "older" data, of which nothing may be read, or
-- "behind": somebody older has written, or false.

local oldest, unfit = 0, false

do
  local is = call('HMGET', meta, 'schema', 'schema_min', 'generation',
    'schema_' .. SCHEMA)
  local schema, least = tonumber(is[1]), tonumber(is[2] or is[1])
  if least and least < SCHEMA then oldest = least end
  if is[1] and schema and least and schema >= SCHEMA and least <= SCHEMA then
    unfit = is[3] ~= is[4] and 'behind'
  else
    unfit = (is[1] or is[3]) and 'older'
  end
end

local function refusal()
  return { 'schema', '', '', '', '' }
end


-- the answer to a request that was made before, under whatever key
local function replay(onces, digests)
  local digest = string.gmatch(digests, '[^,]+')
  for once in string.gmatch(onces, '[^,]+') do
    local is = digest()
    local r = call('HMGET', base .. 'once:' .. once, 'digest', 'id', 'answer')
    if r[1] == is then return { 'replay', r[2], r[3] } end
    if r[1] then return { 'reused' } end
  end
end


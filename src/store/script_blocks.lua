-- cost blocks of the account's credentials so far
local function drop_blocks(id)
  local set = object('account', id) .. ':blocks'
  local blocks = call('SMEMBERS', set)
  for i = 1, #blocks, 1000 do
    call('UNLINK', unpack(blocks, i, math.min(i + 999, #blocks)))
  end
  call('DEL', set)
end


-- ARGV: person. Returns slots and where they stand, in turns, oldest first.
local found = {}
for _, slot in ipairs(call('ZRANGE', P .. 'shown:' .. ARGV[1], 0, -1)) do
  local place = call('HGET', P .. 'slot:' .. slot, 'at')
  if place then
    found[#found + 1] = slot
    found[#found + 1] = place
  end
end
return found

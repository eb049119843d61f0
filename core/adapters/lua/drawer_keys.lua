-- ARGV: prefix. Returns the keys that start with it, in order, and forgets those that expired.
local found = {}
-- UTF-8 has no byte 255: it ends the range of everything that starts with the prefix.
local range = call('ZRANGEBYLEX', P .. 'drawers', '[' .. ARGV[1], '(' .. ARGV[1] .. '\255')
for _, key in ipairs(range) do
  if call('EXISTS', P .. 'drawer:' .. key) == 1 then
    found[#found + 1] = key
  else
    call('ZREM', P .. 'drawers', key)
  end
end
return found

-- ARGV: name, bands... Returns name and entry in turn: the same file's, else all that share a band.
local own = call('GET', P .. 'reg:' .. ARGV[1])
if own then
  return {ARGV[1], own}
end
local rows, seen = {}, {}
for i = 2, #ARGV do
  local band = P .. 'regband:' .. ARGV[i]
  for _, name in ipairs(call('ZRANGE', band, 0, -1)) do
    if not seen[name] then
      seen[name] = true
      local entry = call('GET', P .. 'reg:' .. name)
      if entry then
        rows[#rows + 1] = name
        rows[#rows + 1] = entry
      else
        call('ZREM', band, name)
      end
    end
  end
end
return rows

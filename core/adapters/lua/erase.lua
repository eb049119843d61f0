-- ARGV: case id. Returns 1 when there was such a case.
local case = ARGV[1]
local key = P .. 'case:' .. case
local f = call('HMGET', key, 'owner', 'chat')
for _, id in ipairs(call('ZRANGE', P .. 'live:' .. case, 0, -1)) do finish(id) end
if f[1] then
  call('ZREM', P .. 'cases:' .. f[1], case)
  if call('GET', P .. 'chat:' .. f[2]) == case then call('DEL', P .. 'chat:' .. f[2]) end
end
call('DEL', key, P .. 'newdek:' .. case, P .. 'turns:' .. case, P .. 'box:' .. case, P .. 'live:' .. case)
return f[1] and 1 or 0

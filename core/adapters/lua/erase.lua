-- ARGV: case id. Returns 1 when there was such a case.
local case = ARGV[1]
local key = P .. 'case:' .. case
local f = call('HMGET', key, 'owner', 'chat')
local there = call('EXISTS', key)
-- The key first: from here on nobody can read the case any more.
call('DEL', P .. 'key:' .. case)
for _, id in ipairs(call('ZRANGE', P .. 'live:' .. case, 0, -1)) do finish(id) end
if f[1] then call('ZREM', P .. 'cases:' .. f[1], case) end
if f[2] and call('GET', P .. 'chat:' .. f[2]) == case then call('DEL', P .. 'chat:' .. f[2]) end
note_erasure()
call('DEL', key, P .. 'turns:' .. case, P .. 'box:' .. case, P .. 'live:' .. case)
return there

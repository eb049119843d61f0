-- ARGV: case id, wrapped key, ttl_s. Keeps a data key unless there is one; returns the kept one.
local key = P .. 'key:' .. ARGV[1]
call('SET', key, ARGV[2], 'NX', 'EX', ARGV[3])
return call('GET', key)

-- ARGV: key, value, ttl_ms (0: for ever). The index finds keys by their start without a scan.
local key = P .. 'drawer:' .. ARGV[1]
if ARGV[3] == '0' then
  call('SET', key, ARGV[2])
else
  call('SET', key, ARGV[2], 'PX', ARGV[3])
end
call('ZADD', P .. 'drawers', 0, ARGV[1])
return 1

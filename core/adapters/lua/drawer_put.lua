-- ARGV: key, value, ttl_ms (0: for ever). The index finds keys by their start without a scan; its
-- scores are equal for that, so a second one tells when a name has to leave it.
local key, ends, now = P .. 'drawer:' .. ARGV[1], P .. 'drawerends', now_ms()
if ARGV[3] == '0' then
  call('SET', key, ARGV[2])
  call('ZREM', ends, ARGV[1])
else
  call('SET', key, ARGV[2], 'PX', ARGV[3])
  call('ZADD', ends, now + tonumber(ARGV[3]), ARGV[1])
  call('EXPIRE', ends, PLUMBING_S)
end
call('ZADD', P .. 'drawers', 0, ARGV[1])
for _, name in ipairs(call('ZRANGEBYSCORE', ends, '-inf', now, 'LIMIT', 0, 10)) do
  if call('EXISTS', P .. 'drawer:' .. name) == 0 then
    call('ZREM', P .. 'drawers', name)
    call('ZREM', ends, name)
  end
end
return 1

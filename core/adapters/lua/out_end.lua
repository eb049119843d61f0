-- ARGV: platform, consumer, sid, lane, row, what (done|later|unspent|renew), after_ms.
local platform, consumer, sid, lane, row, what = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local out = P .. 'out:' .. platform
local pending = call('XPENDING', out, DELIVERY, sid, sid, 1)[1]
if not pending or pending[2] ~= consumer then return 0 end -- another process has the lane now
if what == 'renew' then
  call('XCLAIM', out, DELIVERY, consumer, 0, sid, 'JUSTID')
  return 1
end
call('XACK', out, DELIVERY, sid)
call('XDEL', out, sid)
local list = P .. 'outlane:' .. lane
if what == 'done' then
  if call('LINDEX', list, 0) == row then call('LPOP', list) end
  call('DEL', P .. 'row:' .. row)
  if call('LLEN', list) > 0 then
    call('XADD', out, '*', 'l', lane)
    ring('outbell:' .. platform)
  else
    call('DEL', P .. 'outbusy:' .. lane)
  end
else
  if what == 'unspent' then call('HINCRBY', P .. 'row:' .. row, 'attempt', -1) end
  call('ZADD', P .. 'outlater:' .. platform, now_ms() + tonumber(ARGV[7]), lane)
  ring('outbell:' .. platform)
end
return 1

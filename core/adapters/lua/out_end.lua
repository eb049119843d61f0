-- ARGV: platform, consumer, sid, lane, row, attempt, what (done|later|unspent|renew), after_ms.
-- Returns 0 when the lane is not the caller's any more.
local platform, consumer, sid, lane, row, attempt, what = unpack(ARGV)
local out = P .. 'out:' .. platform
if call('EXISTS', out) == 0 then return 0 end
local pending = call('XPENDING', out, DELIVERY, sid, sid, 1)[1]
local row_key = P .. 'row:' .. row
if not pending or pending[2] ~= consumer then return 0 end
-- The attempt tells apart two claims under the same name, before and after a lost lease.
if (call('HGET', row_key, 'attempt') or attempt) ~= attempt then return 0 end
if what == 'renew' then
  call('XCLAIM', out, DELIVERY, consumer, 0, sid, 'JUSTID')
  return 1
end
call('XACK', out, DELIVERY, sid)
call('XDEL', out, sid)
local list = P .. 'outlane:' .. lane
if what == 'done' then
  if call('LINDEX', list, 0) == row then call('LPOP', list) end
  call('DEL', row_key)
  if call('LLEN', list) > 0 then
    offer_lane(platform, lane)
  else
    call('DEL', P .. 'outbusy:' .. lane)
  end
else
  if what == 'unspent' and call('EXISTS', row_key) == 1 then
    call('HINCRBY', row_key, 'attempt', -1)
  end
  call('SET', P .. 'outbusy:' .. lane, 'later', 'EX', PLUMBING_S)
  call('ZADD', P .. 'outlater:' .. platform, now_ms() + tonumber(ARGV[8]), lane)
  call('EXPIRE', P .. 'outlater:' .. platform, PLUMBING_S)
  ring('outbell:' .. platform)
end
return 1

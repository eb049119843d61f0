-- ARGV: slot, field, value, ttl_s, and for a claimed row: platform, consumer, sid, row, attempt.
-- Returns 0, writing nothing, when the row is not the caller's any more: whoever has it now must
-- not find its own notes overwritten.
local slot, field, value, ttl = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local platform, consumer, sid, row, attempt = unpack(ARGV, 5)
if platform then
  local out = P .. 'out:' .. platform
  if call('EXISTS', out) == 0 then return 0 end
  local pending = call('XPENDING', out, DELIVERY, sid, sid, 1)[1]
  if not pending or pending[2] ~= consumer then return 0 end
  if (call('HGET', P .. 'row:' .. row, 'attempt') or attempt) ~= attempt then return 0 end
end
call('HSET', P .. 'slot:' .. slot, field, value)
call('EXPIRE', P .. 'slot:' .. slot, ttl)
return 1

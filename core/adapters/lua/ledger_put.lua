-- ARGV: slot, field, value, ttl_s, and for a claimed row: platform, consumer, sid, row, attempt.
-- Returns 1 and then everything that the ledger holds now, the notes of others too. Returns 0 in
-- place of the 1, writing nothing, when the row is not the caller's any more: whoever has it now
-- must not find its own notes overwritten.
local slot, field, value, ttl = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local platform, consumer, sid, row, attempt = unpack(ARGV, 5)
local ledger = P .. 'slot:' .. slot

local function held()
  local out = P .. 'out:' .. platform
  if call('EXISTS', out) == 0 then return false end
  local pending = call('XPENDING', out, DELIVERY, sid, sid, 1)[1]
  if not pending or pending[2] ~= consumer then return false end
  return (call('HGET', P .. 'row:' .. row, 'attempt') or attempt) == attempt
end

local ours = not platform or held()
if ours then
  call('HSET', ledger, field, value)
  call('EXPIRE', ledger, ttl)
end
local answer = call('HGETALL', ledger)
table.insert(answer, 1, ours and 1 or 0)
return answer

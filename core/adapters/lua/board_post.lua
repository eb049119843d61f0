-- ARGV: board, slot, body, ttl_s. Adds an entry, or replaces the one in its slot.
-- Stored as "first:at_ms:sequence:body"; returns {sequence, at_ms}.
local board, counter = P .. 'board:' .. ARGV[1], P .. 'bseq:' .. ARGV[1]
local last_at = P .. 'btime:' .. ARGV[1]
local sequence = call('INCR', counter)
local first, at = string.match(call('HGET', board, ARGV[2]) or '', '^(%d+):(%d+):')
if not first then
  -- Readers sort by it: a clock that is set back must not put the new before the old.
  at = string.format('%.0f', math.max(now_ms(), tonumber(call('GET', last_at) or 0) + 1))
  first = sequence
  call('SET', last_at, at, 'EX', PLUMBING_S)
end
call('HSET', board, ARGV[2], first .. ':' .. at .. ':' .. sequence .. ':' .. ARGV[3])
call('EXPIRE', board, ARGV[4])
call('EXPIRE', counter, PLUMBING_S) -- a reader's position must not repeat
call('PUBLISH', P .. 'posted:' .. ARGV[1], sequence)
return { sequence, at }

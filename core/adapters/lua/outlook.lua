-- ARGV: model, case id (may be empty). Returns {ahead, wait_ms} for a job accepted now.
-- Earlier turns of the same case come first, and each goes through the whole queue.
local model, case = ARGV[1], ARGV[2]
local ahead = call('XLEN', stream_of(model, 'high')) + call('XLEN', stream_of(model, 'low'))
local own = 0
if case ~= '' then
  own = call('LLEN', P .. 'box:' .. case)
  local busy = call('HGET', P .. 'case:' .. case, 'busy')
  if busy and busy ~= '' and call('EXISTS', P .. 'job:' .. busy) == 1 then own = own + 1 end
end
return { math.max(ahead, own), duration_ms(model, ahead + 1) * (own + 1) }

-- ARGV: model. Returns {ahead, wait_ms} for a job that would be dispatched now.
local model = ARGV[1]
local ahead = call('XLEN', stream_of(model, 'high')) + call('XLEN', stream_of(model, 'low'))
local service = tonumber(call('HGET', P .. 'service', model) or 0)
local workers = math.max(1, call('ZCOUNT', P .. 'workers:' .. model, now_ms() - 15000, '+inf'))
return { ahead, math.floor(ahead * service / workers) }

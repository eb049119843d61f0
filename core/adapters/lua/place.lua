-- ARGV: job id. Returns {ahead, wait_ms}, or nil when it does not wait.
local id = ARGV[1]
local f = call('HMGET', P .. 'job:' .. id, 'state', 'model', 'priority', 'sid', 'owner', 'case')
local state, model, priority, sid, owner, case = unpack(f)
if not state or state == 'running' then return nil end

local function before_in(list)
  local n = 0
  for _, other in ipairs(call('LRANGE', list, 0, -1)) do
    if other == id then return n end
    n = n + 1
  end
  return n
end

local stream = stream_of(model, priority)
local ahead = priority == 'low' and call('XLEN', stream_of(model, 'high')) or 0
if state == 'queued' then
  ahead = ahead + #call('XRANGE', stream, '-', '(' .. sid, 'COUNT', 10000)
elseif state == 'lane' then
  ahead = ahead + call('XLEN', stream) + before_in(P .. 'lane:' .. model .. ':' .. owner)
else
  ahead = ahead + call('XLEN', stream) + before_in(P .. 'box:' .. case)
end
return { ahead, duration_ms(model, ahead + 1) }

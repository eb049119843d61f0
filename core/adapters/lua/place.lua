-- ARGV: job id. Returns {ahead, wait_ms}, or nil when it does not wait.
local key = P .. 'job:' .. ARGV[1]
local f = call('HMGET', key, 'state', 'model', 'priority', 'sid', 'owner', 'case')
local state, model, priority, sid, owner, case = unpack(f)
if not state or state == 'running' then return nil end
local ahead = 0
if priority == 'low' then ahead = call('XLEN', stream_of(model, 'high')) end
local stream = stream_of(model, priority)
if state == 'queued' then
  ahead = ahead + #call('XRANGE', stream, '-', '(' .. sid, 'COUNT', 10000)
elseif state == 'lane' then
  ahead = ahead + call('XLEN', stream)
  local lane = call('LRANGE', P .. 'lane:' .. model .. ':' .. owner, 0, -1)
  for _, id in ipairs(lane) do
    if id == ARGV[1] then break end
    ahead = ahead + 1
  end
else
  ahead = ahead + call('XLEN', stream)
end
local service = tonumber(call('HGET', P .. 'service', model) or 0)
local workers = math.max(1, call('ZCOUNT', P .. 'workers:' .. model, now_ms() - 15000, '+inf'))
return { ahead, math.floor((ahead + 1) * service / workers) }

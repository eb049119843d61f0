-- ARGV: model, worker, slots, lease_ms, max_attempts, job_timeout_ms.
-- Returns rows of {id, body, case, attempt, exhausted, cancelled}.
local model, worker = ARGV[1], ARGV[2]
local slots, lease, max, timeout = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local now = now_ms()
local streams = { stream_of(model, 'high'), stream_of(model, 'low') }
for _, stream in ipairs(streams) do group(stream, GROUP) end
roll_call(P .. 'workers:' .. model, worker, streams, GROUP)
local got = {}

local function take(stream, entry)
  local id, owner = entry[2][2], entry[2][4]
  local key = P .. 'job:' .. id
  local f = call('HMGET', key, 'body', 'case', 'cancel')
  if not f[1] then -- it expired
    call('XACK', stream, GROUP, entry[1])
    call('XDEL', stream, entry[1])
    release(model, owner)
    return
  end
  local attempt = call('HINCRBY', key, 'attempt', 1)
  call('HSET', key, 'state', 'running', 'deadline', now + timeout)
  got[#got + 1] = { id, f[1], f[2], attempt, attempt > max and 1 or 0, f[3] and 1 or 0 }
end

for _, stream in ipairs(streams) do
  if #got < slots then
    for _, entry in ipairs(abandoned(stream, GROUP, worker, lease, slots - #got)) do
      take(stream, entry)
    end
  end
  while #got < slots do
    local fresh = call('XREADGROUP', 'GROUP', GROUP, worker, 'COUNT', slots - #got, 'STREAMS', stream, '>')
    if not fresh then break end
    for _, entry in ipairs(fresh[1][2]) do take(stream, entry) end
  end
end
-- With nothing left to take, old rings would only wake somebody for nothing.
if #got == 0 then call('DEL', P .. 'bell:' .. model) end
return got

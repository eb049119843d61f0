-- ARGV: model, worker, slots, lease_ms, max_attempts, job_timeout_ms.
-- Returns rows of {id, body, case, attempt, exhausted, cancelled}.
local model, worker = ARGV[1], ARGV[2]
local slots, lease, max, timeout = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local now = now_ms()
local got = {}
call('ZADD', P .. 'workers:' .. model, now, worker)
call('ZREMRANGEBYSCORE', P .. 'workers:' .. model, '-inf', now - 60000)

local function take(stream, entry)
  local id = entry[2][2]
  local key = P .. 'job:' .. id
  local f = call('HMGET', key, 'body', 'case', 'cancel')
  if not f[1] then
    call('XACK', stream, GROUP, entry[1])
    call('XDEL', stream, entry[1])
    return
  end
  local attempt = call('HINCRBY', key, 'attempt', 1)
  call('HSET', key, 'state', 'running', 'deadline', now + timeout, 'worker', worker)
  got[#got + 1] = { id, f[1], f[2], attempt, attempt > max and 1 or 0, f[3] and 1 or 0 }
end

for _, priority in ipairs({ 'high', 'low' }) do
  local stream = stream_of(model, priority)
  group(stream, GROUP)
  if #got < slots then
    local stale = call('XAUTOCLAIM', stream, GROUP, worker, lease, '0-0', 'COUNT', slots - #got)
    for _, entry in ipairs(stale[2]) do
      if entry and entry[2] then take(stream, entry) end
    end
  end
  if #got < slots then
    local fresh = call('XREADGROUP', 'GROUP', GROUP, worker, 'COUNT', slots - #got, 'STREAMS', stream, '>')
    if fresh then
      for _, entry in ipairs(fresh[1][2]) do take(stream, entry) end
    end
  end
end
return got

-- Shared by every script. KEYS[1] is the shard's prefix ("sk:{s0}:"): all keys of a shard hash to
-- one slot, so that a script may build further keys from it, on a cluster, too.
--
-- A script that fails in the middle has already written: nothing here may raise, except the very
-- first write (out of memory, disk full), before which nothing has happened.
local P = KEYS[1]
local GROUP = 'workers'
local DELIVERY = 'delivery'
local BELL_ROPE = 64 -- more rings than this many sleepers are useless
local PLUMBING_S = 63072000 -- keys that hold only random ids leave an unused database, too

local function call(...) return redis.call(...) end

local function now_ms()
  local t = call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

-- Orders what may happen within one millisecond.
local function next_number()
  local n = call('INCR', P .. 'number')
  call('EXPIRE', P .. 'number', PLUMBING_S)
  return n
end

local function ring(bell)
  call('RPUSH', P .. bell, 1)
  call('LTRIM', P .. bell, -BELL_ROPE, -1)
  call('EXPIRE', P .. bell, 60)
end

local function group(stream, name)
  -- At 0, not at $: jobs written before the first reader must not be lost.
  if call('EXISTS', stream) == 0 then
    call('XGROUP', 'CREATE', stream, name, '0', 'MKSTREAM')
  end
  call('EXPIRE', stream, PLUMBING_S)
end

-- Takes the oldest entries whose holder has been silent for `idle_ms`, at most `count`. One
-- XAUTOCLAIM looks at ten entries per entry asked for, so it is repeated up to the end.
local function abandoned(stream, name, consumer, idle_ms, count)
  local got, cursor = {}, '0-0'
  repeat
    local page = call('XAUTOCLAIM', stream, name, consumer, idle_ms, cursor, 'COUNT', count - #got)
    cursor = page[1]
    for _, entry in ipairs(page[2]) do
      if entry and entry[2] then got[#got + 1] = entry end
    end
  until cursor == '0-0' or #got >= count
  return got
end

-- Notes that a reader is there, and forgets readers that went and hold nothing.
local function roll_call(register, reader, streams, name)
  local now = now_ms()
  call('ZADD', register, now, reader)
  call('EXPIRE', register, PLUMBING_S)
  for _, gone in ipairs(call('ZRANGEBYSCORE', register, '-inf', now - 86400000, 'LIMIT', 0, 10)) do
    local holds = false
    for _, stream in ipairs(streams) do
      if call('XPENDING', stream, name, '-', '+', 1, gone)[1] then
        holds = true
      else
        call('XGROUP', 'DELCONSUMER', stream, name, gone)
      end
    end
    if not holds then call('ZREM', register, gone) end
  end
end

local function stream_of(model, priority) return P .. 'q:' .. model .. ':' .. priority end

-- How many jobs of a model wait: in the streams and not claimed, in a lane or in a mailbox.
local function waiting(model)
  local n = tonumber(call('HGET', P .. 'laned', model) or 0) + call('SCARD', P .. 'boxed:' .. model)
  for _, priority in ipairs({ 'high', 'low' }) do
    local stream = stream_of(model, priority)
    if call('EXISTS', stream) == 1 then
      n = n + call('XLEN', stream) - call('XPENDING', stream, GROUP)[1]
    end
  end
  return n
end

-- How long `jobs` jobs take, in milliseconds, by measured times and workers seen of late.
local function duration_ms(model, jobs)
  local service = tonumber(call('HGET', P .. 'service', model) or 0)
  local workers = math.max(1, call('ZCOUNT', P .. 'workers:' .. model, now_ms() - 15000, '+inf'))
  return math.floor(jobs * service / workers)
end

local function enqueue(id, model, priority, owner)
  local stream = stream_of(model, priority)
  group(stream, GROUP)
  local sid = call('XADD', stream, '*', 'j', id, 'o', owner)
  call('HSET', P .. 'job:' .. id, 'sid', sid, 'state', 'queued')
  ring('bell:' .. model)
end

local function count_own(model, owner, step)
  local counts = P .. 'inflight:' .. model
  local n = call('HINCRBY', counts, owner, step)
  if n <= 0 then call('HDEL', counts, owner) end
  call('EXPIRE', counts, PLUMBING_S)
  return n
end

local function count_laned(model, step)
  call('HINCRBY', P .. 'laned', model, step)
  call('EXPIRE', P .. 'laned', PLUMBING_S)
end

local function note_boxed(id, model)
  call('SADD', P .. 'boxed:' .. model, id)
  call('EXPIRE', P .. 'boxed:' .. model, PLUMBING_S)
end

-- The job itself may have expired in its mailbox, and its model is not known then.
local function note_unboxed(id)
  for _, model in ipairs({ 'vlm', 'generator' }) do call('SREM', P .. 'boxed:' .. model, id) end
end

-- Fairness: an owner has at most `width` jobs of a model in the stream; the rest wait in a lane.
local function dispatch(id, model, priority, owner, width, ttl)
  local n = count_own(model, owner, 1)
  call('HSET', P .. 'job:' .. id, 'counted', 1)
  if n > width then
    local lane = P .. 'lane:' .. model .. ':' .. owner
    call('RPUSH', lane, id)
    call('EXPIRE', lane, ttl)
    count_laned(model, 1)
    call('HSET', P .. 'job:' .. id, 'state', 'lane')
  else
    enqueue(id, model, priority, owner)
  end
end

-- A job left the stream: the owner's next one may enter it.
local function release(model, owner)
  local lane = P .. 'lane:' .. model .. ':' .. owner
  count_own(model, owner, -1)
  while true do
    local id = call('LPOP', lane)
    if not id then return end
    count_laned(model, -1)
    local priority = call('HGET', P .. 'job:' .. id, 'priority')
    if priority then return enqueue(id, model, priority, owner) end
    count_own(model, owner, -1) -- it expired while it waited
  end
end

-- Returns false when there is such a job already.
local function store_job(job, body, case, ttl)
  local key = P .. 'job:' .. job.id
  if call('EXISTS', key) == 1 then return false end
  call('HSET', key, 'body', body, 'case', case, 'model', job.model, 'priority', job.priority,
    'owner', job.owner, 'attempt', 0)
  call('EXPIRE', key, ttl)
  call('ZADD', P .. 'live:' .. case, next_number(), job.id)
  call('EXPIRE', P .. 'live:' .. case, ttl)
  return true
end

-- Takes a job out of stream, lane or mailbox and lets the owner's next one in.
local function finish(id)
  local key = P .. 'job:' .. id
  local f = call('HMGET', key, 'state', 'model', 'priority', 'owner', 'sid', 'case', 'counted')
  local state, model, priority, owner, sid, case, counted = unpack(f)
  if not case then return end
  call('ZREM', P .. 'live:' .. case, id)
  call('DEL', key)
  if state == 'box' then
    call('LREM', P .. 'box:' .. case, 0, id)
    note_unboxed(id)
  end
  if sid then
    local stream = stream_of(model, priority)
    call('XACK', stream, GROUP, sid)
    call('XDEL', stream, sid)
  end
  if not counted then return end
  if state == 'lane' then
    call('LREM', P .. 'lane:' .. model .. ':' .. owner, 0, id)
    count_laned(model, -1)
    count_own(model, owner, -1)
  else
    release(model, owner)
  end
end

-- The lane's token names the stream entry that stands for it: a lane has one entry, never two.
local function offer_lane(platform, lane)
  local out = P .. 'out:' .. platform
  group(out, DELIVERY)
  local sid = call('XADD', out, '*', 'l', lane)
  call('SET', P .. 'outbusy:' .. lane, sid, 'EX', PLUMBING_S)
  ring('outbell:' .. platform)
end

-- Tells data keys apart without being one; stays the same when the master key changes. Keys of
-- earlier versions have no mark of their own yet.
local function key_mark(wrapped)
  if not wrapped then return '' end
  return string.match(wrapped, '^[^:]+:[^:]+:(%x+)$') or redis.sha1hex(wrapped)
end

-- Counts what was erased: the log of the server is to be rewritten, see redis_shredder.py.
local function note_erasure()
  call('INCR', P .. 'erased')
  call('EXPIRE', P .. 'erased', PLUMBING_S)
end

-- Remembers which replies a person got and, sealed, where they stand, to take them back one day.
local function note_shown(slot, place, owner, ttl)
  if place == '' or not owner then return end
  local index, now = P .. 'shown:' .. owner, now_ms()
  call('HSETNX', P .. 'slot:' .. slot, 'at', place)
  call('EXPIRE', P .. 'slot:' .. slot, ttl)
  call('ZREMRANGEBYSCORE', index, '-inf', now - ttl * 1000)
  call('ZADD', index, 'NX', now, slot)
  call('EXPIRE', index, ttl)
end

-- `row.case` is empty for a row that belongs to no case; `dek` is the wrapped key of the case.
local function push_row(row, body, place, owner, dek, platform, ttl)
  local key = P .. 'row:' .. row.id
  if call('EXISTS', key) == 1 then return end
  call('HSET', key, 'body', body, 'slot', row.slot, 'stage', row.stage, 'case', row.case,
    'key', key_mark(dek), 'attempt', 0)
  call('EXPIRE', key, ttl)
  note_shown(row.slot, place, owner, ttl)
  call('RPUSH', P .. 'outlane:' .. row.lane, row.id)
  call('EXPIRE', P .. 'outlane:' .. row.lane, ttl)
  if call('EXISTS', P .. 'outbusy:' .. row.lane) == 0 then offer_lane(platform, row.lane) end
end

local function start_turn(case, id)
  local key = P .. 'job:' .. id
  local turn = call('HGET', key, 'turn')
  if turn then
    call('RPUSH', P .. 'turns:' .. case, turn)
    call('HDEL', key, 'turn')
  end
end

-- A case and all that belongs to it live for `ttl` seconds from now.
local function touch(case, ttl)
  for _, name in ipairs({ 'case:', 'key:', 'turns:', 'live:', 'box:' }) do
    call('EXPIRE', P .. name .. case, ttl)
  end
  local f = call('HMGET', P .. 'case:' .. case, 'owner', 'chat')
  if f[1] then call('EXPIRE', P .. 'cases:' .. f[1], ttl) end
  if f[2] and call('GET', P .. 'chat:' .. f[2]) == case then
    call('EXPIRE', P .. 'chat:' .. f[2], ttl)
  end
end

-- Shared by every script. KEYS[1] is the shard's prefix ("sk:{s0}:"): all keys of a shard hash to
-- one slot, so that a script may build further keys from it, on a cluster, too.
local P = KEYS[1]
local GROUP = 'workers'
local DELIVERY = 'delivery'
local BELL_ROPE = 64 -- more rings than this many sleepers are useless

local function call(...) return redis.call(...) end

local function now_ms()
  local t = call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

local function ring(bell)
  call('RPUSH', P .. bell, 1)
  call('LTRIM', P .. bell, -BELL_ROPE, -1)
end

local function group(stream, name)
  -- At 0, not at $: jobs written before the first reader must not be lost.
  if call('EXISTS', stream) == 0 then
    call('XGROUP', 'CREATE', stream, name, '0', 'MKSTREAM')
  end
end

local function stream_of(model, priority) return P .. 'q:' .. model .. ':' .. priority end

local function enqueue(id, model, priority)
  local stream = stream_of(model, priority)
  group(stream, GROUP)
  local sid = call('XADD', stream, '*', 'j', id)
  call('HSET', P .. 'job:' .. id, 'sid', sid, 'state', 'queued')
  ring('bell:' .. model)
end

-- Fairness: an owner has at most `width` jobs of a model in the stream; the rest wait in a lane.
local function dispatch(id, model, priority, owner, width)
  local n = call('HINCRBY', P .. 'inflight:' .. model, owner, 1)
  call('HSET', P .. 'job:' .. id, 'counted', 1)
  if n > width then
    call('RPUSH', P .. 'lane:' .. model .. ':' .. owner, id)
    call('HSET', P .. 'job:' .. id, 'state', 'lane')
  else
    enqueue(id, model, priority)
  end
end

local function store_job(job, body, case, ttl)
  local key = P .. 'job:' .. job.id
  call('HSET', key, 'body', body, 'case', case, 'model', job.model, 'priority', job.priority,
    'owner', job.owner, 'attempt', 0, 'created_ms', now_ms())
  call('EXPIRE', key, ttl)
  call('ZADD', P .. 'live:' .. case, now_ms(), job.id)
  call('EXPIRE', P .. 'live:' .. case, ttl)
end

-- Takes a job out of stream, lane or mailbox and lets the owner's next one in.
local function finish(id)
  local key = P .. 'job:' .. id
  local f = call('HMGET', key, 'state', 'model', 'priority', 'owner', 'sid', 'case', 'counted')
  local state, model, priority, owner, sid, case, counted = unpack(f)
  if not state then return end
  if state == 'box' then call('LREM', P .. 'box:' .. case, 0, id) end
  if sid then
    local stream = stream_of(model, priority)
    call('XACK', stream, GROUP, sid)
    call('XDEL', stream, sid)
  end
  if counted then
    local lane = P .. 'lane:' .. model .. ':' .. owner
    if state == 'lane' then call('LREM', lane, 0, id) end
    if call('HINCRBY', P .. 'inflight:' .. model, owner, -1) <= 0 then
      call('HDEL', P .. 'inflight:' .. model, owner)
    end
    if state ~= 'lane' then
      local next_id = call('LPOP', lane)
      if next_id then
        enqueue(next_id, model, call('HGET', P .. 'job:' .. next_id, 'priority') or priority)
      end
    end
  end
  call('ZREM', P .. 'live:' .. case, id)
  call('DEL', key)
end

local function push_row(row, body, case, platform, ttl)
  local key = P .. 'row:' .. row.id
  if call('EXISTS', key) == 1 then return end
  call('HSET', key, 'body', body, 'slot', row.slot, 'stage', row.stage, 'case', case, 'attempt', 0)
  call('EXPIRE', key, ttl)
  call('RPUSH', P .. 'outlane:' .. row.lane, row.id)
  if call('SETNX', P .. 'outbusy:' .. row.lane, 1) == 1 then
    local out = P .. 'out:' .. platform
    group(out, DELIVERY)
    call('XADD', out, '*', 'l', row.lane)
    ring('outbell:' .. platform)
  end
end

local function start_turn(case, id, ttl)
  local key = P .. 'job:' .. id
  local turn = call('HGET', key, 'turn')
  if turn then
    call('RPUSH', P .. 'turns:' .. case, turn)
    call('EXPIRE', P .. 'turns:' .. case, ttl)
    call('HDEL', key, 'turn')
  end
end

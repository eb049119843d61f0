-- ARGV: platform, consumer, lease_ms. Returns {sid, lane, row, body, slot, case, attempt, alive},
-- or {wait_ms} when there is nothing to do until then (-1: until somebody rings).
local platform, consumer, lease = ARGV[1], ARGV[2], tonumber(ARGV[3])
local out, later = P .. 'out:' .. platform, P .. 'outlater:' .. platform
group(out, DELIVERY)
roll_call(P .. 'outreaders:' .. platform, consumer, { out }, DELIVERY)
for _, lane in ipairs(call('ZRANGEBYSCORE', later, '-inf', now_ms(), 'LIMIT', 0, 100)) do
  call('ZREM', later, lane)
  offer_lane(platform, lane)
end

local function next_entry()
  local stale = abandoned(out, DELIVERY, consumer, lease, 1)[1]
  if stale then return stale end
  local fresh = call('XREADGROUP', 'GROUP', DELIVERY, consumer, 'COUNT', 1, 'STREAMS', out, '>')
  return fresh and fresh[1][2][1]
end

-- A placeholder whose answer comes right behind it need not be shown any more. With other rows
-- between it must be: it keeps the answer's place above them.
local function superseded(lane, row)
  local f = call('HMGET', P .. 'row:' .. row, 'stage', 'slot')
  local follower = call('LINDEX', P .. 'outlane:' .. lane, 1)
  return f[1] == 'waiting' and follower and call('HGET', P .. 'row:' .. follower, 'slot') == f[2]
end

local function head_of(lane)
  local list = P .. 'outlane:' .. lane
  local row = call('LINDEX', list, 0)
  while row and (call('EXISTS', P .. 'row:' .. row) == 0 or superseded(lane, row)) do
    call('DEL', P .. 'row:' .. row)
    call('LPOP', list)
    row = call('LINDEX', list, 0)
  end
  return row
end

while true do
  local entry = next_entry()
  if not entry then
    call('DEL', P .. 'outbell:' .. platform)
    local due = call('ZRANGE', later, 0, 0, 'WITHSCORES')[2]
    return { due and math.max(0, tonumber(due) - now_ms()) or -1 }
  end
  local lane = entry[2][2]
  local current = call('GET', P .. 'outbusy:' .. lane) == entry[1]
  local row = current and head_of(lane)
  if row then
    local key = P .. 'row:' .. row
    local attempt = call('HINCRBY', key, 'attempt', 1)
    local f = call('HMGET', key, 'body', 'slot', 'case', 'key')
    -- A case that was erased, and perhaps opened anew, has another key or none.
    local alive = f[3] == '' or key_mark(call('GET', P .. 'key:' .. f[3])) == f[4]
    return { entry[1], lane, row, f[1], f[2], f[3], attempt, alive and 1 or 0 }
  end
  if current then call('DEL', P .. 'outbusy:' .. lane) end
  call('XACK', out, DELIVERY, entry[1])
  call('XDEL', out, entry[1])
end

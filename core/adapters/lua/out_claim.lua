-- ARGV: platform, consumer, lease_ms. Returns {sid, lane, row, body, slot, case, attempt}, or
-- {wait_ms} when there is nothing to do until then.
local platform, consumer, lease = ARGV[1], ARGV[2], tonumber(ARGV[3])
local out, later = P .. 'out:' .. platform, P .. 'outlater:' .. platform
local now = now_ms()
group(out, DELIVERY)
for _, lane in ipairs(call('ZRANGEBYSCORE', later, '-inf', now, 'LIMIT', 0, 100)) do
  call('ZREM', later, lane)
  call('XADD', out, '*', 'l', lane)
end

local function next_entry()
  local stale = call('XAUTOCLAIM', out, DELIVERY, consumer, lease, '0-0', 'COUNT', 1)[2]
  if stale[1] and stale[1][2] then return stale[1] end
  local fresh = call('XREADGROUP', 'GROUP', DELIVERY, consumer, 'COUNT', 1, 'STREAMS', out, '>')
  return fresh and fresh[1][2][1]
end

-- A placeholder whose answer already stands in the same lane need not be shown any more.
local function superseded(lane, row)
  local f = call('HMGET', P .. 'row:' .. row, 'stage', 'slot')
  if f[1] ~= 'waiting' then return false end
  for _, other in ipairs(call('LRANGE', P .. 'outlane:' .. lane, 1, -1)) do
    if call('HGET', P .. 'row:' .. other, 'slot') == f[2] then return true end
  end
  return false
end

while true do
  local entry = next_entry()
  if not entry then
    local due = call('ZRANGE', later, 0, 0, 'WITHSCORES')[2]
    return { due and math.max(0, tonumber(due) - now) or -1 }
  end
  local lane = entry[2][2]
  local list = P .. 'outlane:' .. lane
  local row = call('LINDEX', list, 0)
  while row and (call('EXISTS', P .. 'row:' .. row) == 0 or superseded(lane, row)) do
    call('DEL', P .. 'row:' .. row)
    call('LPOP', list)
    row = call('LINDEX', list, 0)
  end
  if row then
    local attempt = call('HINCRBY', P .. 'row:' .. row, 'attempt', 1)
    local f = call('HMGET', P .. 'row:' .. row, 'body', 'slot', 'case')
    return { entry[1], lane, row, f[1], f[2], f[3], attempt }
  end
  call('DEL', P .. 'outbusy:' .. lane)
  call('XACK', out, DELIVERY, entry[1])
  call('XDEL', out, entry[1])
end

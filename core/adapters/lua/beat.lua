-- ARGV: worker, then pairs of job id and attempt. Returns ok|cancel|lost for each.
local out = {}
local now = now_ms()
for i = 2, #ARGV, 2 do
  local f = call('HMGET', P .. 'job:' .. ARGV[i], 'attempt', 'deadline', 'model', 'priority', 'sid', 'cancel')
  if not f[1] or f[1] ~= ARGV[i + 1] or now > tonumber(f[2] or 0) then
    out[#out + 1] = 'lost'
  else
    -- JUSTID resets the idle time without counting a delivery.
    call('XCLAIM', stream_of(f[3], f[4]), GROUP, ARGV[1], 0, f[5], 'JUSTID')
    call('ZADD', P .. 'workers:' .. f[3], now, ARGV[1])
    out[#out + 1] = f[6] and 'cancel' or 'ok'
  end
end
return out

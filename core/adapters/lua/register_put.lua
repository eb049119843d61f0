-- ARGV: name, sealed entry, ttl_ms, bands... One file has one entry, for the longer of two times.
local key = P .. 'reg:' .. ARGV[1]
local ttl = math.max(tonumber(ARGV[3]), call('PTTL', key))
call('SET', key, ARGV[2], 'PX', ttl)
for i = 4, #ARGV do
  local band = P .. 'regband:' .. ARGV[i]
  call('SADD', band, ARGV[1])
  call('PEXPIRE', band, math.max(ttl, call('PTTL', band)))
end
return 1

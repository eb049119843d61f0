-- ARGV: name, sealed entry, ttl_ms, bands... One file has one entry, for the longer of two times.
local key = P .. 'reg:' .. ARGV[1]
local ttl, now = math.max(tonumber(ARGV[3]), call('PTTL', key)), now_ms()
call('SET', key, ARGV[2], 'PX', ttl)
for i = 4, #ARGV do
  -- A band that many pictures share never ends, so its names must: the score says when.
  local band = P .. 'regband:' .. ARGV[i]
  call('ZADD', band, now + ttl, ARGV[1])
  call('ZREMRANGEBYSCORE', band, '-inf', now)
  call('PEXPIRE', band, math.max(ttl, call('PTTL', band)))
end
return 1

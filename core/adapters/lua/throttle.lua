-- ARGV: key, then pairs of count and window in microseconds. Takes one token from every window and
-- returns 0, or takes none and returns how many microseconds to wait.
local key = P .. 'limit:' .. ARGV[1]
local t = call('TIME')
local now = tonumber(t[1]) * 1000000 + tonumber(t[2])
local longest, wait = 0, 0
for i = 2, #ARGV, 2 do longest = math.max(longest, tonumber(ARGV[i + 1])) end
call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now - longest))
-- The clock was set back: nobody shall wait until it is as late again.
call('ZREMRANGEBYSCORE', key, string.format('(%.0f', now), '+inf')
for i = 2, #ARGV, 2 do
  local count, span = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  -- The token that has to leave the window before there is room for another one.
  local nth = call('ZRANGE', key, -count, -count, 'WITHSCORES')[2]
  if nth then wait = math.max(wait, tonumber(nth) + span - now) end
end
if wait > 0 then return wait end
local member = string.format('%.0f', now)
call('ZADD', key, member, member .. ':' .. call('ZCARD', key))
call('PEXPIRE', key, math.ceil(longest / 1000))
return 0

-- ARGV: album, part, body, ttl_s. Keeps one part of an album; repeated parts change nothing.
local key = P .. 'album:' .. ARGV[1]
if call('EXISTS', P .. 'seen:' .. ARGV[2]) == 1 then return 0 end
local new = call('HSETNX', key, ARGV[2], ARGV[3])
call('EXPIRE', key, ARGV[4])
-- GT: a part that comes late does not take the album from whoever is at it.
if new == 1 then call('ZADD', P .. 'albums', 'GT', now_ms(), ARGV[1]) end
call('EXPIRE', P .. 'albums', PLUMBING_S)
return new

-- ARGV: album, then the parts that were accepted. A part that came meanwhile stays for later.
local key = P .. 'album:' .. ARGV[1]
for i = 2, #ARGV do call('HDEL', key, ARGV[i]) end
if call('EXISTS', key) == 1 then
  call('ZADD', P .. 'albums', now_ms(), ARGV[1])
else
  call('ZREM', P .. 'albums', ARGV[1])
end
return 1

-- ARGV: quiet_ms, lease_ms. Takes one album that has been quiet; returns {album, body, body ...}.
local now = now_ms()
while true do
  local album = call('ZRANGEBYSCORE', P .. 'albums', '-inf', now - tonumber(ARGV[1]), 'LIMIT', 0, 1)[1]
  if not album then return {} end
  local bodies = call('HVALS', P .. 'album:' .. album)
  if #bodies > 0 then
    -- Nobody else takes it for a while; it comes back if this process dies before it is done.
    call('ZADD', P .. 'albums', now + tonumber(ARGV[2]), album)
    table.insert(bodies, 1, album)
    return bodies
  end
  call('ZREM', P .. 'albums', album)
end

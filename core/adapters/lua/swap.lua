-- ARGV: key, field (empty for a plain value), old, new. Replaces a value that is still the old one;
-- its end stays. Returns 1 when replaced, or when it was already.
local key, field, old, new = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local now
if field == '' then now = call('GET', key) else now = call('HGET', key, field) end
if now == new then return 1 end
if now ~= old then return 0 end
if field == '' then call('SET', key, new, 'KEEPTTL') else call('HSET', key, field, new) end
return 1

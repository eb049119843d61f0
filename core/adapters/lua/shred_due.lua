-- ARGV: pause_ms. Returns up to which erasure the log of the server is to be rewritten now, or 0.
local newest = tonumber(call('GET', P .. 'erased') or 0)
if newest <= tonumber(call('GET', P .. 'shredded') or 0) then return 0 end
-- One process does it, and not again at once: many erasures share one rewrite.
if not call('SET', P .. 'shredding', 1, 'NX', 'PX', ARGV[1]) then return 0 end
return newest

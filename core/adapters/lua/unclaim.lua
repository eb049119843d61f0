-- ARGV: job id, attempt. The claimer cannot read it: another may try, and no attempt is spent.
local key = P .. 'job:' .. ARGV[1]
if call('HGET', key, 'attempt') == ARGV[2] then call('HINCRBY', key, 'attempt', -1) end
return 1

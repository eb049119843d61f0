-- ARGV: job id. Returns waiting|running|gone.
local key = P .. 'job:' .. ARGV[1]
local state = call('HGET', key, 'state')
if not state then return 'gone' end
call('HSET', key, 'cancel', 1)
return state == 'running' and 'running' or 'waiting'

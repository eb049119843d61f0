-- ARGV: model. Returns {ahead, wait_ms} for a job that would be dispatched now.
local ahead = call('XLEN', stream_of(ARGV[1], 'high')) + call('XLEN', stream_of(ARGV[1], 'low'))
return { ahead, duration_ms(ARGV[1], ahead) }

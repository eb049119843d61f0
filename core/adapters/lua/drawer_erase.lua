-- ARGV: key. Returns 1 when there was a value.
note_erasure()
call('ZREM', P .. 'drawers', ARGV[1])
call('ZREM', P .. 'drawerends', ARGV[1])
return call('DEL', P .. 'drawer:' .. ARGV[1])

-- ARGV: board, slot.
note_erasure()
return call('HDEL', P .. 'board:' .. ARGV[1], ARGV[2])

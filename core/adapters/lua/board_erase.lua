-- ARGV: board.
note_erasure()
return call('DEL', P .. 'board:' .. ARGV[1])

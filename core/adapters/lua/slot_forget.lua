-- ARGV: slot. Forgets what was sent for a reply that was taken back.
note_erasure()
return call('DEL', P .. 'slot:' .. ARGV[1])

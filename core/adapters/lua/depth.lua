-- ARGV: model. Returns how many jobs wait.
return waiting(ARGV[1])

-- ARGV: number. Notes that the log of the server holds nothing of erasures up to this one.
if tonumber(ARGV[1]) > tonumber(call('GET', P .. 'shredded') or 0) then
  call('SET', P .. 'shredded', ARGV[1], 'EX', PLUMBING_S)
end
return 1

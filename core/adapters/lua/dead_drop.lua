-- ARGV: job id. Returns 1 when there was such a letter.
local gone = call('DEL', P .. 'deadjob:' .. ARGV[1])
for _, entry in ipairs(call('XRANGE', P .. 'dead', '-', '+')) do
  for i = 1, #entry[2], 2 do
    if entry[2][i] == 'job' and entry[2][i + 1] == ARGV[1] then
      gone = call('XDEL', P .. 'dead', entry[1])
    end
  end
end
return gone

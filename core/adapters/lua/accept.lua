-- ARGV[1] JSON; then blobs in order: head, turn, job, rows. Returns accepted|duplicate|full|stale.
local m = cjson.decode(ARGV[1])
for _, k in ipairs(m.keys) do
  if call('EXISTS', P .. 'seen:' .. k) == 1 then return 'duplicate' end
end
local case = m.case
if case then
  local dek = call('HGET', P .. 'case:' .. case.id, 'dek')
  if dek and dek ~= m.dek then return 'stale' end -- the caller's key is of an erased case
end
if m.job then
  local waiting = call('XLEN', stream_of(m.job.model, 'high')) + call('XLEN', stream_of(m.job.model, 'low'))
  local own = tonumber(call('HGET', P .. 'inflight:' .. m.job.model, m.job.owner) or 0)
  if waiting >= m.max_queue or own >= m.max_own then return 'full' end
  if case and call('LLEN', P .. 'box:' .. case.id) >= m.max_own then return 'full' end
end
for _, k in ipairs(m.keys) do call('SET', P .. 'seen:' .. k, 1, 'EX', m.seen_ttl) end
local at = 2
if case then
  local key = P .. 'case:' .. case.id
  call('HSET', key, 'v', 1, 'dek', m.dek, 'head', ARGV[at])
  call('DEL', P .. 'newdek:' .. case.id)
  call('HSETNX', key, 'busy', '')
  call('HSET', key, 'owner', case.owner, 'chat', m.chat)
  call('ZADD', P .. 'cases:' .. case.owner, 'NX', now_ms(), case.id)
  call('EXPIRE', P .. 'cases:' .. case.owner, m.ttl)
  for _, name in ipairs({ 'case:', 'turns:', 'live:', 'box:' }) do
    call('EXPIRE', P .. name .. case.id, m.ttl)
  end
  if m.opens then call('SET', P .. 'chat:' .. m.chat, case.id) end
  call('EXPIRE', P .. 'chat:' .. m.chat, m.ttl)
  at = at + 1
end
local turn
if m.turn then turn = ARGV[at]; at = at + 1 end
if m.job then
  store_job(m.job, ARGV[at], case.id, m.ttl)
  at = at + 1
  if turn then call('HSET', P .. 'job:' .. m.job.id, 'turn', turn) end
  if m.job.serial and call('HGET', P .. 'case:' .. case.id, 'busy') ~= '' then
    call('HSET', P .. 'job:' .. m.job.id, 'state', 'box')
    call('RPUSH', P .. 'box:' .. case.id, m.job.id)
    call('EXPIRE', P .. 'box:' .. case.id, m.ttl)
  else
    start_turn(case.id, m.job.id, m.ttl)
    if m.job.serial then call('HSET', P .. 'case:' .. case.id, 'busy', m.job.id) end
    dispatch(m.job.id, m.job.model, m.job.priority, m.job.owner, m.width)
  end
elseif turn then
  call('RPUSH', P .. 'turns:' .. case.id, turn)
  call('EXPIRE', P .. 'turns:' .. case.id, m.ttl)
end
for i, row in ipairs(m.rows) do
  push_row(row, ARGV[at + i - 1], row.case, m.platform, m.ttl)
end
return 'accepted'

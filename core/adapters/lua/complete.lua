-- ARGV[1] JSON; then blobs: turns, jobs, rows. Returns 1 when done, 0 when refused by the fence.
local m = cjson.decode(ARGV[1])
local key = P .. 'job:' .. m.job
local f = call('HMGET', key, 'attempt', 'case', 'state', 'model')
local attempt, case, state, model = unpack(f)
if not attempt or tonumber(attempt) ~= m.attempt then return 0 end
local case_key = P .. 'case:' .. case
local alive = call('EXISTS', case_key) == 1
if alive and call('HGET', case_key, 'dek') ~= m.dek then return 0 end
if alive then start_turn(case, m.job, m.ttl) end -- stopped while it waited in the mailbox
if m.service_ms > 0 then
  local old = tonumber(call('HGET', P .. 'service', model) or m.service_ms)
  call('HSET', P .. 'service', model, math.floor(old * 0.8 + m.service_ms * 0.2))
end
finish(m.job)
if m.outcome == 'failed' then
  call('XADD', P .. 'dead', 'MAXLEN', '~', 10000, '*', 'job', m.job, 'case', case, 'kind', m.kind,
    'attempt', m.attempt)
end
if not alive then return 1 end
local at = 2
for _ = 1, m.turns do
  call('RPUSH', P .. 'turns:' .. case, ARGV[at])
  at = at + 1
end
call('EXPIRE', P .. 'turns:' .. case, m.ttl)
for _, job in ipairs(m.jobs) do
  store_job(job, ARGV[at], case, m.ttl)
  at = at + 1
  dispatch(job.id, job.model, job.priority, job.owner, m.width)
end
for _, row in ipairs(m.rows) do
  push_row(row, ARGV[at], row.case, m.platform, m.ttl)
  at = at + 1
end
if call('HGET', case_key, 'busy') == m.job then
  local next_id = call('LPOP', P .. 'box:' .. case)
  call('HSET', case_key, 'busy', next_id or '')
  if next_id then
    start_turn(case, next_id, m.ttl)
    local n = call('HMGET', P .. 'job:' .. next_id, 'model', 'priority', 'owner')
    dispatch(next_id, n[1], n[2], n[3], m.width)
  end
end
return 1

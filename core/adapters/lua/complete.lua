-- ARGV[1] JSON; then blobs: turns, jobs, rows (body and place).
-- Returns 1 when done, 0 when refused by the fence, -1 for a case of another version.
local m = cjson.decode(ARGV[1])
local key = P .. 'job:' .. m.job
-- The same call once more, because its first answer was lost, gets the same answer.
if call('GET', P .. 'done:' .. m.job) == m.nonce then return 1 end
local f = call('HMGET', key, 'attempt', 'case', 'model')
local attempt, case, model = unpack(f)
if not attempt or tonumber(attempt) ~= m.attempt then return 0 end
local case_key = P .. 'case:' .. case
local version = call('HGET', case_key, 'v')
if version and version ~= m.version then return -1 end
if version and key_mark(call('GET', P .. 'key:' .. case)) ~= key_mark(m.dek) then return 0 end

call('SET', P .. 'done:' .. m.job, m.nonce, 'EX', 3600)
if version then start_turn(case, m.job) end -- stopped while it waited in the mailbox
if m.service_ms > 0 then
  local old = tonumber(call('HGET', P .. 'service', model) or m.service_ms)
  call('HSET', P .. 'service', model, math.floor(old * 0.8 + m.service_ms * 0.2))
  call('EXPIRE', P .. 'service', PLUMBING_S)
end
local body = call('HGET', key, 'body')
finish(m.job)
if m.outcome == 'failed' then
  call('XADD', P .. 'dead', 'MAXLEN', '~', 10000, '*', 'job', m.job, 'case', case, 'kind', m.kind,
    'attempt', m.attempt)
  call('EXPIRE', P .. 'dead', m.ttl)
  call('HSET', P .. 'deadjob:' .. m.job, 'body', body, 'case', case)
  call('EXPIRE', P .. 'deadjob:' .. m.job, m.ttl)
end
if not version then return 1 end

local at = 1
local function blob()
  at = at + 1
  return ARGV[at]
end

-- The case's next turn leaves the mailbox.
local function next_turn()
  while true do
    local id = call('LPOP', P .. 'box:' .. case)
    call('HSET', case_key, 'busy', id or '')
    if not id then return end
    note_unboxed(id)
    local n = call('HMGET', P .. 'job:' .. id, 'model', 'priority', 'owner')
    if n[1] then
      start_turn(case, id)
      return dispatch(id, n[1], n[2], n[3], m.width, m.ttl)
    end
  end
end

for _ = 1, m.turns do call('RPUSH', P .. 'turns:' .. case, blob()) end
for _, job in ipairs(m.jobs) do
  if store_job(job, blob(), case, m.ttl) then
    dispatch(job.id, job.model, job.priority, job.owner, m.width, m.ttl)
  end
end
local owner = call('HGET', case_key, 'owner')
for _, row in ipairs(m.rows) do
  local body, place = blob(), blob()
  push_row(row, body, place, owner, m.dek, m.platform, m.ttl)
end
if call('HGET', case_key, 'busy') == m.job then next_turn() end
touch(case, m.ttl)
return 1

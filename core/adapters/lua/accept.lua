-- ARGV[1] JSON; then blobs in order: head, turn, job, rows (body and place).
-- Returns accepted|duplicate|full|stale|unreadable.
local m = cjson.decode(ARGV[1])
for _, k in ipairs(m.keys) do
  local by = call('GET', P .. 'seen:' .. k)
  -- The same call once more, because its first answer was lost, gets the same answer.
  if by then return by == m.nonce and 'accepted' or 'duplicate' end
end
local case, case_key = m.case, nil
if case then
  case_key = P .. 'case:' .. case.id
  local version = call('HGET', case_key, 'v')
  if version and version ~= m.version then return 'unreadable' end
  -- The caller's data key must be the one that is kept: not of a case that was erased meanwhile.
  if key_mark(call('GET', P .. 'key:' .. case.id)) ~= key_mark(m.dek) then return 'stale' end
end
if m.job then
  if call('EXISTS', P .. 'job:' .. m.job.id) == 1 then return 'duplicate' end
  local own = tonumber(call('HGET', P .. 'inflight:' .. m.job.model, m.job.owner) or 0)
  if waiting(m.job.model) >= m.max_queue or own >= m.max_own then return 'full' end
  if call('LLEN', P .. 'box:' .. case.id) >= m.max_own then return 'full' end
end

for _, k in ipairs(m.keys) do call('SET', P .. 'seen:' .. k, m.nonce, 'EX', m.seen_ttl) end
local at = 2
local function blob()
  at = at + 1
  return ARGV[at - 1]
end

local function store_case()
  local new = call('EXISTS', case_key) == 0
  call('HSET', case_key, 'v', m.version, 'head', blob(), 'owner', case.owner, 'chat', m.chat)
  call('HSETNX', case_key, 'busy', '')
  if new then
    local mine = P .. 'cases:' .. case.owner
    for _, id in ipairs(call('ZRANGE', mine, 0, -1)) do
      if call('EXISTS', P .. 'case:' .. id) == 0 then call('ZREM', mine, id) end
    end
    call('ZADD', mine, next_number(), case.id)
  end
  if m.opens or new then call('SET', P .. 'chat:' .. m.chat, case.id, 'EX', m.ttl) end
end

local function busy()
  local id = call('HGET', case_key, 'busy')
  return id ~= '' and call('EXISTS', P .. 'job:' .. id) == 1
end

local function take_in(turn)
  local job, key = m.job, P .. 'job:' .. m.job.id
  store_job(job, blob(), case.id, m.ttl)
  if turn then call('HSET', key, 'turn', turn) end
  if job.serial and busy() then
    call('HSET', key, 'state', 'box')
    call('RPUSH', P .. 'box:' .. case.id, job.id)
    note_boxed(job.id, job.model)
    return
  end
  start_turn(case.id, job.id)
  if job.serial then call('HSET', case_key, 'busy', job.id) end
  dispatch(job.id, job.model, job.priority, job.owner, m.width, m.ttl)
end

if case then
  store_case()
  local turn = m.turn and blob()
  if m.job then
    take_in(turn)
  elseif turn then
    call('RPUSH', P .. 'turns:' .. case.id, turn)
  end
  touch(case.id, m.ttl)
end
local owner = case and case.owner or m.sender
for _, row in ipairs(m.rows) do
  local body, place = blob(), blob()
  push_row(row, body, place, owner, m.dek, m.platform, m.ttl)
end
return 'accepted'

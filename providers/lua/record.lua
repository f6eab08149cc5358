-- Put outcomes into the windows of providers and follow their states: all of them, or none.
-- KEYS: the mark of these outcomes, then the hash and the list of each provider. ARGV: now, whether they are
-- marked (1 or 0), how long a mark is kept, window's size, fewest for a rate, first cool-down, longest cool-down,
-- good probes in a row that bring it back; each provider's version in the database; then for each provider how
-- many, the claim of which nothing more will come (0: none), and each one's entry, evidence, the claim of a probe
-- (0: none) and when its row was sent (0: nobody knows).
-- Returns {'unloaded'}, {'known'} where the mark is there already, or what `write` returns for each provider.
local now, size, fewest = tonumber(ARGV[1]), tonumber(ARGV[4]), tonumber(ARGV[5])
local first, longest, needed = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])

local function put(it, entry)
  redis.call('RPUSH', it.list, entry)
  it.requests = it.requests + 1
  if string.sub(entry, 1, 1) == 'x' then it.errors = it.errors + 1 end
  if it.requests > size then
    it.requests = it.requests - 1
    if string.sub(redis.call('LPOP', it.list), 1, 1) == 'x' then it.errors = it.errors - 1 end
  end
end

local function judge(it)
  local good = it.requests - it.errors
  if it.requests < fewest then become(it, 'unknown', now)
  elseif good * 2 < it.requests then
    become(it, 'excluded', now)
    it.cool_down, it.streak, it.claim = first, 0, '0'
    it.out_requests, it.out_errors = it.requests, it.errors
    probe_in(it, first, now)
  elseif good * 10 < it.requests * 8 then become(it, 'degraded', now)
  else become(it, 'healthy', now) end
end

-- One that goes on being used comes back when half of its window is good again.
local function judge_left_out(it)
  if it.requests < fewest or (it.requests - it.errors) * 2 < it.requests then return end
  it.cool_down, it.streak, it.next_probe, it.claim = first, 0, '', '0'
  judge(it)
end

local function probed(it, failed)
  if failed then
    become(it, 'excluded', now)
    it.cool_down, it.streak, it.claim = math.min(it.cool_down * 2, longest), 0, '0'
    probe_in(it, it.cool_down, now)
    return
  end
  it.streak = it.streak + 1
  if it.streak >= needed then
    become(it, 'unknown', now)
    empty(it, now)
    it.cool_down = first
  else it.cooled = string.format('%.3f', math.min(tonumber(it.cooled) or now, now + first)) end
end

-- Of probes only those of the last claim decide: an older one's, that were waited for in vain, tell of the past.
-- What was sent before a window was emptied says nothing of the provider as it is now.
local function follow(it, entry, evidence, claim, sent)
  if tonumber(sent) > 0 and tonumber(sent) < (tonumber(it.emptied) or 0) then return end
  put(it, entry)
  if it.state ~= 'excluded' and it.state ~= 'probing' then judge(it)
  elseif evidence == 'f' then judge_left_out(it)
  elseif evidence == 'p' and it.state == 'probing' and claim == it.claim then
    probed(it, string.sub(entry, 1, 1) == 'x')
  end
end

local at = 9
for key = 2, #KEYS, 2 do
  if not is_loaded(KEYS[key], ARGV[at]) then return {'unloaded'} end
  at = at + 1
end
if ARGV[2] == '1' and not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[3]) then return {'known'} end

local answer = {}
for key = 2, #KEYS, 2 do
  local it = read(KEYS[key], KEYS[key + 1])
  local last, settled = at + 1 + 4 * tonumber(ARGV[at]), ARGV[at + 1]
  at = at + 1
  while at < last do
    follow(it, ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4])
    at = at + 4
  end
  at = at + 1
  settle(it, now, settled)
  table.insert(answer, write(it))
end
return answer

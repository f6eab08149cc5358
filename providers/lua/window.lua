-- What all scripts begin with. A provider is a hash (state, cool_down, next_probe_at, streak, requests, errors,
-- since, emptied, claim, cooled, out_requests, out_errors, version) and a list of entries, oldest first
-- ('s;1.5;340;1764086400'); times in seconds. `claim` names the batch whose probes decide (0: none), `cooled` is
-- when the cool-down before it ends, `out_…` are the window's figures when it was left out.
-- Whether it is there whole, and not older than the database knows it: a Redis that crashed may come back without
-- its last second, and one of an older release knows no claims.
local function is_loaded(hash, version)
  local have = redis.call('HMGET', hash, 'version', 'claim')
  return have[2] and (tonumber(have[1]) or -1) >= tonumber(version)
end

local function read(hash, list)
  local have = redis.call('HMGET', hash, 'state', 'cool_down', 'next_probe_at', 'streak', 'requests', 'errors', 'since',
    'emptied', 'claim', 'cooled', 'out_requests', 'out_errors', 'version')
  return {
    hash = hash, list = list, state = have[1], cool_down = tonumber(have[2]), next_probe = have[3],
    streak = tonumber(have[4]), requests = tonumber(have[5]), errors = tonumber(have[6]), since = have[7],
    emptied = have[8], claim = have[9], cooled = have[10], out_requests = have[11], out_errors = have[12],
    version = tonumber(have[13]), changes = {},
  }
end

-- What it was, what it is, and of how many requests how many were errors at that moment.
local function become(it, new, now)
  if new == it.state then return end
  for _, part in ipairs({it.state, new, it.requests, it.errors}) do table.insert(it.changes, part) end
  it.state, it.since = new, string.format('%.3f', now)
end

local function probe_in(it, seconds, now) it.next_probe = string.format('%.3f', now + seconds) end

local function empty(it, now)
  redis.call('DEL', it.list)
  it.emptied = string.format('%.3f', now)
  it.requests, it.errors, it.streak, it.next_probe, it.claim = 0, 0, 0, '', '0'
end

-- Nothing more comes of a claim: another batch may probe as soon as the cool-down is over. Returns whether it stood.
local function settle(it, now, claim)
  if it.state ~= 'probing' or claim == '0' or it.claim ~= claim then return false end
  it.next_probe, it.claim = string.format('%.3f', math.max(now, tonumber(it.cooled) or 0)), '0'
  return true
end

-- Returns state, cool-down, next probe ('' for none), streak, since, emptied, claim, cooled, requests and errors when
-- it was left out, version, entries, changes.
local function write(it)
  local version = redis.call('HINCRBY', it.hash, 'version', 1)
  redis.call('HSET', it.hash, 'state', it.state, 'cool_down', tostring(it.cool_down), 'next_probe_at', it.next_probe,
    'streak', tostring(it.streak), 'requests', tostring(it.requests), 'errors', tostring(it.errors), 'since', it.since,
    'emptied', it.emptied, 'claim', it.claim, 'cooled', it.cooled, 'out_requests', tostring(it.out_requests),
    'out_errors', tostring(it.out_errors))
  local entries = table.concat(redis.call('LRANGE', it.list, 0, -1), ' ')
  return {it.state, tostring(it.cool_down), it.next_probe, tostring(it.streak), it.since, it.emptied, it.claim,
    it.cooled, tostring(it.out_requests), tostring(it.out_errors), version, entries, it.changes}
end

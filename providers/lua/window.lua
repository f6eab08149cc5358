-- What all scripts begin with. A provider is a hash (state, cool_down, next_probe_at, streak, requests, errors,
-- since, emptied, version) and a list of entries, oldest first ('s;1.5;340;1764086400'); times in seconds.
-- Whether it is there, and not older than the database knows it: a Redis that crashed may come back without its
-- last second.
local function is_loaded(hash, version)
  return (tonumber(redis.call('HGET', hash, 'version')) or -1) >= tonumber(version)
end

local function read(hash, list)
  local have = redis.call('HMGET', hash, 'state', 'cool_down', 'next_probe_at', 'streak', 'requests', 'errors', 'since',
    'emptied')
  return {
    hash = hash, list = list, state = have[1], cool_down = tonumber(have[2]), next_probe = have[3],
    streak = tonumber(have[4]), requests = tonumber(have[5]), errors = tonumber(have[6]), since = have[7],
    emptied = have[8], changes = {},
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
  it.requests, it.errors, it.streak, it.next_probe = 0, 0, 0, ''
end

-- Returns state, cool-down, next probe ('' for none), streak, since, emptied, version, entries, changes.
local function write(it)
  local version = redis.call('HINCRBY', it.hash, 'version', 1)
  redis.call('HSET', it.hash, 'state', it.state, 'cool_down', tostring(it.cool_down), 'next_probe_at', it.next_probe,
    'streak', tostring(it.streak), 'requests', tostring(it.requests), 'errors', tostring(it.errors), 'since', it.since,
    'emptied', it.emptied)
  local entries = table.concat(redis.call('LRANGE', it.list, 0, -1), ' ')
  return {it.state, tostring(it.cool_down), it.next_probe, tostring(it.streak), it.since, it.emptied, version, entries, it.changes}
end

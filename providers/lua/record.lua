-- Put outcomes into a provider's window and follow its state.
-- KEYS: the provider. ARGV: outcomes (s, e, x), now, window's size, fewest for a rate, first cool-down,
-- longest cool-down, good ones in a row that bring it back (times in seconds).
-- Returns {'unloaded'}, or window, state, cool-down, next probe ('' for none), streak, version, then old, new...
local key = KEYS[1]
if redis.call('HEXISTS', key, 'version') == 0 then return {'unloaded'} end
local have = redis.call('HMGET', key, 'window', 'state', 'cool_down', 'next_probe_at', 'streak')
local window, state, cool_down = have[1], have[2], tonumber(have[3])
local next_probe, streak = have[4], tonumber(have[5])
local now, size, fewest = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local first, longest, needed = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local changes = {}

local function become(new)
  if new ~= state then
    table.insert(changes, state)
    table.insert(changes, new)
    state = new
  end
end

local function probe_in(seconds) next_probe = string.format('%.3f', now + seconds) end

local function judge()
  local requests = #window
  local _, errors = string.gsub(window, 'x', '')
  local good = requests - errors
  if requests < fewest then become('unknown')
  elseif good * 2 < requests then
    become('excluded')
    cool_down, streak = first, 0
    probe_in(cool_down)
  elseif good * 10 < requests * 8 then become('degraded')
  else become('healthy') end
end

local function probed(outcome)
  if outcome == 'x' then
    become('excluded')
    cool_down, streak = math.min(cool_down * 2, longest), 0
    probe_in(cool_down)
    return
  end
  streak = streak + 1
  if streak >= needed then
    window, cool_down, next_probe, streak = '', first, '', 0
    become('unknown')
  elseif tonumber(next_probe) > now + first then probe_in(first) end
end

for outcome in string.gmatch(ARGV[1], '.') do
  window = string.sub(window .. outcome, -size)
  if state == 'probing' then probed(outcome)
  elseif state ~= 'excluded' then judge() end  -- late outcomes do not bring an excluded one back
end

local version = redis.call('HINCRBY', key, 'version', 1)
redis.call('HSET', key, 'window', window, 'state', state, 'cool_down', tostring(cool_down),
  'next_probe_at', next_probe, 'streak', tostring(streak))
local answer = {window, state, tostring(cool_down), next_probe, tostring(streak), version}
for _, change in ipairs(changes) do table.insert(answer, change) end
return answer

-- Whether a new batch uses a provider; the batch that gets 'probe' has claimed it until the next cool-down ends.
-- KEYS: the provider. ARGV: now. Returns {'unloaded'}, {'use'}, {'skip'}, or 'probe' and then as record.lua.
local key = KEYS[1]
if redis.call('HEXISTS', key, 'version') == 0 then return {'unloaded'} end
local have = redis.call('HMGET', key, 'window', 'state', 'cool_down', 'next_probe_at', 'streak')
local state, now = have[2], tonumber(ARGV[1])
if state ~= 'excluded' and state ~= 'probing' then return {'use'} end
if (tonumber(have[4]) or 0) > now then return {'skip'} end
local next_probe = string.format('%.3f', now + tonumber(have[3]))
local version = redis.call('HINCRBY', key, 'version', 1)
redis.call('HSET', key, 'state', 'probing', 'next_probe_at', next_probe)
local answer = {'probe', have[1], 'probing', have[3], next_probe, have[5], version}
if state ~= 'probing' then
  table.insert(answer, state)
  table.insert(answer, 'probing')
end
return answer

-- Which providers a new batch uses; one that gets 'probe' is claimed by it until its next cool-down has passed.
-- KEYS: the hash and the list of each provider. ARGV: now, each provider's version in the database.
-- Returns {'unloaded'}, or for each {'use'}, {'skip', state, requests, errors, next probe}, or {'probe', …} with
-- what `write` returns.
local now = tonumber(ARGV[1])
for key = 1, #KEYS, 2 do
  if not is_loaded(KEYS[key], ARGV[(key + 3) / 2]) then return {'unloaded'} end
end
local answer = {}
for key = 1, #KEYS, 2 do
  local it = read(KEYS[key], KEYS[key + 1])
  if it.state ~= 'excluded' and it.state ~= 'probing' then table.insert(answer, {'use'})
  elseif (tonumber(it.next_probe) or 0) > now then
    table.insert(answer, {'skip', it.state, it.requests, it.errors, it.next_probe})
  else
    become(it, 'probing', now)
    probe_in(it, it.cool_down, now)
    table.insert(answer, {'probe', write(it)})
  end
end
return answer

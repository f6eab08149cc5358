-- Which providers a new batch uses; one that gets 'probe' is claimed by it: nobody else probes until its results are
-- home, or it has been waited for in vain.
-- KEYS: the hash and the list of each provider. ARGV: now, how long a claim is waited for at most, each provider's
-- version in the database.
-- Returns {'unloaded'}, or for each {'use'}, {'skip', requests, errors} with the figures of when it was left out, or
-- {'probe', …} with what `write` returns.
local now, patience = tonumber(ARGV[1]), tonumber(ARGV[2])
for key = 1, #KEYS, 2 do
  if not is_loaded(KEYS[key], ARGV[(key + 5) / 2]) then return {'unloaded'} end
end
local answer = {}
for key = 1, #KEYS, 2 do
  local it = read(KEYS[key], KEYS[key + 1])
  if it.state ~= 'excluded' and it.state ~= 'probing' then table.insert(answer, {'use'})
  elseif (tonumber(it.next_probe) or 0) > now then
    table.insert(answer, {'skip', it.out_requests, it.out_errors})
  else
    become(it, 'probing', now)
    it.claim, it.cooled = tostring(it.version + 1), string.format('%.3f', now + it.cool_down)
    probe_in(it, math.max(it.cool_down, patience), now)
    table.insert(answer, {'probe', write(it)})
  end
end
return answer

-- Let another batch probe at once: the one that had claimed the probes was not sent.
-- KEYS: the hash and the list of each provider. ARGV: now, each one's version in the database, then the next
-- probe that each claim set.
-- Returns {'unloaded'}, or what `write` returns for those whose claim still stood, false for the others.
local answer, many = {}, #KEYS / 2
for key = 1, #KEYS, 2 do
  local place = (key + 1) / 2
  if not is_loaded(KEYS[key], ARGV[1 + place]) then return {'unloaded'} end
  local it = read(KEYS[key], KEYS[key + 1])
  if it.next_probe == ARGV[1 + many + place] then
    probe_in(it, 0, tonumber(ARGV[1]))
    table.insert(answer, write(it))
  else table.insert(answer, false) end
end
return answer

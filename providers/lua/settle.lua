-- A claim is settled: its batch was not sent, or all of its results are home, or nobody will tell of them.
-- KEYS: the hash and the list of each provider. ARGV: now, whether it was sent (1 or 0), each one's version in the
-- database, then each one's claim.
-- Returns {'unloaded'}, or what `write` returns for those whose claim still stood, false for the others.
local answer, many, now = {}, #KEYS / 2, tonumber(ARGV[1])
for key = 1, #KEYS, 2 do
  if not is_loaded(KEYS[key], ARGV[2 + (key + 1) / 2]) then return {'unloaded'} end
end
for key = 1, #KEYS, 2 do
  local it = read(KEYS[key], KEYS[key + 1])
  if ARGV[2] == '0' then it.cooled = '' end
  table.insert(answer, settle(it, now, ARGV[2 + many + (key + 1) / 2]) and write(it))
end
return answer

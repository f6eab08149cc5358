-- Forget a provider's outcomes. KEYS: its hash and list. ARGV: now, its version in the database, first cool-down.
-- Returns {'unloaded'}, or what `write` returns.
if not is_loaded(KEYS[1], ARGV[2]) then return {'unloaded'} end
local it = read(KEYS[1], KEYS[2])
become(it, 'unknown', tonumber(ARGV[1]))
empty(it, tonumber(ARGV[1]))
it.cool_down = tonumber(ARGV[3])
return {write(it)}

-- Put a provider's copy from the database into Redis, unless it is there and no older.
-- KEYS: its hash and list. ARGV: its version, how many entries, the entries, then field, value...
if is_loaded(KEYS[1], ARGV[1]) then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
local count = tonumber(ARGV[2])
for at = 3, count + 2 do redis.call('RPUSH', KEYS[2], ARGV[at]) end
for at = count + 3, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1]) end
return 1

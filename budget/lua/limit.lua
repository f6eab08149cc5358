-- A limit was changed: whoever counts from now on keeps to it, whatever limit it had read before.
-- A rebuild that is under way may have read the old one: it is made to begin again.
-- KEYS: the day, its lock. ARGV: scope, version, limit in hundredths or ''. Returns 'put' or 'unloaded'.
if not loaded(KEYS[1]) then
  redis.call('DEL', KEYS[2])
  return 'unloaded'
end
local known = redis.call('HGET', KEYS[1], 'l:' .. ARGV[1])
if not known or tonumber(string.match(known, '^(%d+):')) < tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], 'l:' .. ARGV[1], ARGV[2] .. ':' .. ARGV[3])
end
return 'put'

-- Whether a holder is counted with at least this amount; what is counted beyond it is given back.
-- What a rebuild found unconfirmed (`u`) was not held against the limit in this life of Redis: 'missing'.
-- KEYS: the day. ARGV: holder, seq, amount. Returns 'unloaded', 'counted' or 'missing'.
local day, field = KEYS[1], 'h:' .. ARGV[1]
if redis.call('HEXISTS', day, '#loaded') == 0 then return 'unloaded' end
local held = redis.call('HGET', day, field)
if not held then return 'missing' end
local entry, amount = cjson.decode(held), tonumber(ARGV[3])
if entry.q ~= tonumber(ARGV[2]) or entry.a < amount or entry.u then return 'missing' end
if entry.a > amount then
  for _, scope in ipairs(entry.s) do redis.call('HINCRBY', day, 'r:' .. scope, amount - entry.a) end
  entry.a = amount
  redis.call('HSET', day, field, cjson.encode(entry))
  redis.call('HINCRBY', day, '#version', 1)
end
return 'counted'

-- A holder's reservation ends: `spent` (0 for a release) is counted as spent, the rest is free again.
-- KEYS: the day. ARGV: holder, seq, spent, '1' where it ends only if it is unconfirmed (`u`).
-- Returns 'unloaded', 'closed' or 'missing' (closed before).
local day, field = KEYS[1], 'h:' .. ARGV[1]
if not loaded(day) then return 'unloaded' end
local held = redis.call('HGET', day, field)
if not held then return 'missing' end
local entry = cjson.decode(held)
if entry.q ~= tonumber(ARGV[2]) or (ARGV[4] == '1' and not entry.u) then return 'missing' end
-- (0 - a, as Lua's -a of nothing is '-0', which HINCRBY does not take)
for _, scope in ipairs(entry.s) do
  redis.call('HINCRBY', day, 'r:' .. scope, 0 - entry.a)
  redis.call('HINCRBY', day, 's:' .. scope, ARGV[3])
end
redis.call('HDEL', day, field)
redis.call('HINCRBY', day, '#version', 1)
redis.call('INCR', 'clayops:pulse')  -- live parts show credits: here it costs no round trip of its own
return 'closed'

-- Count a holder against all of its scopes, or against none. The same holder counts once.
-- One that a rebuild found unconfirmed in the ledger (`u`) takes up room, but must fit before it counts.
-- The limit in force is the newest that Redis or the caller knows: the caller may have read its own before
-- a change that has been told to Redis since.
-- KEYS: the day. ARGV: holder, seq, amount, now, then (scope, version, limit or '', floor)...; amounts in
-- hundredths. Returns {'unloaded'}, {'counted'}, or {'refused', index of the scope, spent, reserved, limit}.
local day = KEYS[1]
if not loaded(day) then return {'unloaded'} end
local field = 'h:' .. ARGV[1]
local seq, amount, now = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

local held = redis.call('HGET', day, field)
local old = {a = 0, s = {}}
if held then
  old = cjson.decode(held)
  if old.q > seq or (old.q == seq and old.a >= amount and not old.u) then return {'counted'} end
end
local counts = {}
for _, scope in ipairs(old.s) do counts[scope] = old.a end

local function in_force(scope, version, limit)
  local known = redis.call('HGET', day, 'l:' .. scope)
  if known then
    local newer, newest = string.match(known, '^(%d+):(.*)$')
    if tonumber(newer) > tonumber(version) then return newest end
  end
  redis.call('HSET', day, 'l:' .. scope, version .. ':' .. limit)
  return limit
end

local scopes = {}
for i = 5, #ARGV, 4 do
  local scope, floor = ARGV[i], tonumber(ARGV[i + 3])
  local limit = in_force(scope, ARGV[i + 1], ARGV[i + 2])
  local spent = tonumber(redis.call('HGET', day, 's:' .. scope) or '0')
  local reserved = tonumber(redis.call('HGET', day, 'r:' .. scope) or '0')
  local others = spent + reserved - (counts[scope] or 0)
  -- (a limit of 0 stops also what costs nothing)
  if limit ~= '' and (tonumber(limit) == 0 or others + math.max(amount, floor) > tonumber(limit)) then
    return {'refused', #scopes + 1, spent, reserved - (counts[scope] or 0), limit}
  end
  table.insert(scopes, scope)
end
for _, scope in ipairs(old.s) do redis.call('HINCRBY', day, 'r:' .. scope, 0 - old.a) end
for _, scope in ipairs(scopes) do redis.call('HINCRBY', day, 'r:' .. scope, ARGV[3]) end
redis.call('HSET', day, field, cjson.encode({q = seq, a = amount, t = now, s = scopes}))
redis.call('HINCRBY', day, '#version', 1)
return {'counted'}

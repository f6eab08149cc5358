-- Put a provider's copy from the database into Redis, unless it is there. KEYS: the provider. ARGV: field, value...
if redis.call('HEXISTS', KEYS[1], 'version') == 1 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV))
return 1

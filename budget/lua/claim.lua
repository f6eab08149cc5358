-- Ask to rebuild a day. KEYS: the day, its lock. ARGV: token, the lock's life in milliseconds.
-- Returns 'loaded' (nothing to do), 'yours' or 'busy'.
if loaded(KEYS[1]) then return 'loaded' end
if redis.call('SET', KEYS[2], ARGV[1] .. this_run(), 'NX', 'PX', ARGV[2]) then return 'yours' end
return 'busy'

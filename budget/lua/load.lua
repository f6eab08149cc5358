-- Write a day anew, all at once. KEYS: the day, its lock. ARGV: token, life in seconds, then field, value...
-- Only while the lock is still ours: then Redis was neither wiped nor started nor loaded since we read it,
-- so nothing can have been confirmed meanwhile that we do not know. Returns 'done' or 'lost'.
if redis.call('GET', KEYS[2]) ~= ARGV[1] .. this_run() or loaded(KEYS[1]) then return 'lost' end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], '#loaded', ARGV[1], '#run', this_run())
for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 'done'

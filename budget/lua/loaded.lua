-- Comes before each of the other scripts. Whether the day was made by this very run of Redis: one that comes
-- back after a crash may lack its last second, and is not believed (INFO costs 2 microseconds here).
local function this_run() return string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or '-' end
local function loaded(day) return redis.call('HGET', day, '#run') == this_run() end


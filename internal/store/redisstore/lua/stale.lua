-- Finds copies that are to be dropped: all but the shared one that were dropped
-- already, or begun too long ago. From then on they cannot become the shared one.
--
-- KEYS  shared, copies
-- ARGV  life of unfinished ones (ms)
-- Returns name and number of chunks of each.

local shared, copies = KEYS[1], KEYS[2]
if not is(copies, 'hash') then redis.call('DEL', copies) end
local current = is(shared, 'hash') and redis.call('HGET', shared, 'name')
local oldest = micros() - tonumber(ARGV[1]) * 1000
local all, stale = redis.call('HGETALL', copies), {}
for i = 1, #all, 2 do
  local chunks, since = string.match(all[i + 1], '^(%d+) (%d+)$')
  if all[i] ~= current and tonumber(since or '0') < oldest then
    chunks = chunks or '0'
    redis.call('HSET', copies, all[i], chunks .. ' 0')
    stale[#stale + 1] = all[i]
    stale[#stale + 1] = chunks
  end
end
return stale

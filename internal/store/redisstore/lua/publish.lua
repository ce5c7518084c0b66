-- Makes a snapshot the shared one, unless that covers as much, or the snapshot
-- took so long that its chunks were given up. What is there and says nothing that
-- can be understood gives way.
--
-- KEYS  shared, copies
-- ARGV  sequence it covers, place, name, chunks, size, checksum
-- Returns 1 if it is the shared one now. The one that is not is to be dropped.

local shared, copies = KEYS[1], KEYS[2]
local name, chunks = ARGV[3], ARGV[4]
if not is(shared, 'hash') then redis.call('DEL', shared) end
local at = string.match(redis.call('HGET', shared, 'at') or '', '^(%d+)%-%d+$') or '0'
local since = string.match(redis.call('HGET', copies, name) or '', ' (%d+)$') or '0'
if tonumber(at) >= tonumber(ARGV[1]) or since == '0' then
  redis.call('HSET', copies, name, chunks .. ' 0')
  return 0
end
local old = redis.call('HGET', shared, 'name')
if old then
  local n = string.match(redis.call('HGET', copies, old) or '', '^%d+') or redis.call('HGET', shared, 'chunks') or '0'
  redis.call('HSET', copies, old, n .. ' 0')
end
redis.call('HSET', shared, 'at', ARGV[2], 'name', name, 'chunks', chunks, 'size', ARGV[5], 'sum', ARGV[6])
return 1

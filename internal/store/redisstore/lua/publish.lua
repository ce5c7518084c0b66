-- Makes a snapshot the shared one, unless that covers as much.
--
-- KEYS  shared
-- ARGV  sequence it covers, place, name, chunks, size, checksum
-- Returns name and number of chunks of the one to be dropped.

local at = redis.call('HGET', KEYS[1], 'at') or '0-0'
if tonumber(string.match(at, '^%d+')) >= tonumber(ARGV[1]) then return {ARGV[3], ARGV[4]} end
local name, chunks = redis.call('HGET', KEYS[1], 'name') or '', redis.call('HGET', KEYS[1], 'chunks') or '0'
redis.call('HSET', KEYS[1], 'at', ARGV[2], 'name', ARGV[3], 'chunks', ARGV[4], 'size', ARGV[5], 'sum', ARGV[6])
return {name, chunks}

-- Creates or replaces articles, and logs each.
--
-- KEYS  log, meta, bodies, ids
-- ARGV  floor, what an entry of an article begins with, then for each article:
--       8 bytes of id, body
-- Returns the last id before, the id before the first given out, the last id,
-- and a digit for each article: 1 is new.

local log, meta, bodies, ids = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local last = field(meta, 'last', '0')
local first = before_next(last, tonumber(ARGV[1]))
local id = first
local created = {}
for i = 3, #ARGV, 2 do
  created[#created + 1] = digits(redis.call('HSET', bodies, ARGV[i], ARGV[i + 1]))
  redis.call('ZADD', ids, 0, ARGV[i])
  id = id + 1
  add(log, id, ARGV[2] .. ARGV[i + 1])
end
redis.call('HSET', meta, 'last', digits(id))
return {digits(last), digits(first), digits(id), table.concat(created)}

-- Adds a signing key if its id is one above the highest.
--
-- KEYS  keys
-- ARGV  id, key
-- Returns 1, 0 if it is not.

local highest = 0
for _, id in ipairs(redis.call('HKEYS', KEYS[1])) do highest = math.max(highest, tonumber(id)) end
if tonumber(ARGV[1]) ~= highest + 1 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1

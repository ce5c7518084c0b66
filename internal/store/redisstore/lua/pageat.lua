-- Finds the newest page of a channel between two stamps.
--
-- KEYS  served, pages
-- ARGV  highest stamp, lowest stamp, 4 bytes of channel
-- Returns the page or nothing.

local from = 0
while true do
  local found = redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2], 'BYSCORE', 'REV', 'LIMIT', from, 64)
  for _, member in ipairs(found) do
    if string.sub(member, 9, 12) == ARGV[3] then
      return redis.call('HGET', KEYS[2], string.sub(member, 1, 12))
    end
  end
  if #found < 64 then return false end
  from = from + 64
end

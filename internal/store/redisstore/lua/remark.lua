-- Writes the marks anew when they are lost and the order is not. Nothing is
-- ordered while they are: who finds them there again has come second.
--
-- KEYS  order, marks
-- ARGV  format, how many partitions, then for each the last entry in the order

local order, marks = KEYS[1], KEYS[2]
if redis.call('HEXISTS', marks, 'seq') == 1 then return 0 end
local top = string.match(generated(order), '^%d+')
local last = redis.call('XREVRANGE', order, '+', '-', 'COUNT', 1)[1]
redis.call('HSETNX', marks, 'format', ARGV[1])
redis.call('HSETNX', marks, 'partitions', ARGV[2])
for i = 3, #ARGV do
  if ARGV[i] ~= '0' then redis.call('HSET', marks, tostring(i - 3), ARGV[i]) end
end
redis.call('HSET', marks, 'seq', top, 'end', last and last[1] or '')
return 1

-- Sets fields of a hash, and lists them in a sorted set if there is one.
--
-- KEYS  hash, sorted set or nothing
-- ARGV  for each: field, value

for i = 1, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  if KEYS[2] then redis.call('ZADD', KEYS[2], 0, ARGV[i]) end
end
return redis.status_reply('OK')

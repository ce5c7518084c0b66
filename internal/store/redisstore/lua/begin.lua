-- Notes a copy of which no chunk is written yet, so that chunks that nobody
-- knows of can be found.
--
-- KEYS  copies
-- ARGV  name, chunks

redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. digits(micros()))
return redis.status_reply('OK')

-- Writes a chunk of a snapshot that is not the shared one yet.
--
-- KEYS  chunk
-- ARGV  bytes, life (ms)

redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return redis.status_reply('OK')

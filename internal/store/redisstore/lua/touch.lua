-- Writes something, so that a WAIT after it is about all that was written
-- before.
--
-- KEYS  meta

redis.call('HINCRBY', KEYS[1], 'touched', 1)
return redis.status_reply('OK')

-- Has a WAIT be about all that was written before.
--
-- KEYS  meta

touch(KEYS[1])
return redis.status_reply('OK')

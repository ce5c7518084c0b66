-- Drops the log's entries up to one.
--
-- KEYS  log, meta
-- ARGV  id
-- Returns how many were dropped.

local upto = tonumber(ARGV[1])
if field(KEYS[2], 'trim', '0') < upto then redis.call('HSET', KEYS[2], 'trim', digits(upto)) end
return redis.call('XTRIM', KEYS[1], 'MINID', digits(upto + 1) .. '-0')

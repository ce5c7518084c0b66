-- Adds a signing key if there is none of its id.
--
-- KEYS  keys
-- ARGV  id, key
-- Returns 1, 0 if there is one.

return redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])

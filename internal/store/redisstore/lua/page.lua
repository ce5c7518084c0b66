-- Stores a page if its reader's version is still the one given.
--
-- KEYS  state, meta, served, pages, times
-- ARGV  version, stamp, 12 bytes of stamp and channel, ids, page, user,
--       life of pages (ms)
-- Returns 1, 0 if the version is another, -1 if there is such a page.

local state, meta, served, pages, times = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local version = version_of(state, meta)
if version ~= tonumber(ARGV[1]) then return 0 end
if redis.call('HSETNX', pages, ARGV[3], ARGV[5]) == 0 then return -1 end
redis.call('ZADD', served, ARGV[2], ARGV[3] .. ARGV[4])
redis.call('SETRANGE', state, 0, next_version(version))
redis.call('PEXPIRE', pages, ARGV[7])
redis.call('PEXPIRE', served, ARGV[7])
redis.call('ZADD', times, 'LT', ARGV[2], ARGV[6])
return 1

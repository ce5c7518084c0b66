-- Puts what another store kept of readers.
--
-- KEYS  meta, times, then for each reader: state, acted, marks, served, pages
-- ARGV  life of marks and pages (ms), then for each fact: its reader's number
--       from 0, user, kind, and four parts:
--       h  acts, articles acted on
--       m  time, key
--       p  stamp, 12 bytes of stamp and channel, ids, page

local meta, times, life = KEYS[1], KEYS[2], ARGV[1]

for i = 2, #ARGV, 7 do
  local k = 2 + 5 * tonumber(ARGV[i])
  local state, acted, marks, served, pages = KEYS[k + 1], KEYS[k + 2], KEYS[k + 3], KEYS[k + 4], KEYS[k + 5]
  local user, kind, a, b = ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  if kind == 'h' then
    redis.call('SET', state, next_version(version_of(state, meta)) .. a)
    redis.call('SET', acted, b)
  elseif kind == 'm' then
    redis.call('ZADD', marks, a, b)
    redis.call('PEXPIRE', marks, life)
    redis.call('ZADD', times, 'LT', a, user)
  else
    if redis.call('HSET', pages, b, ARGV[i + 6]) == 1 then
      redis.call('ZADD', served, a, b .. ARGV[i + 5])
      redis.call('SETRANGE', state, 0, next_version(version_of(state, meta)))
    end
    redis.call('PEXPIRE', pages, life)
    redis.call('PEXPIRE', served, life)
    redis.call('ZADD', times, 'LT', a, user)
  end
end
return redis.status_reply('OK')

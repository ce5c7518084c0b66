-- Removes pages and marks of times before the given one.
--
-- KEYS  meta, times, then for each reader: state, marks, served, pages
-- ARGV  before, then each reader's user
-- Returns how many were removed.

local meta, times = KEYS[1], KEYS[2]
local below = '(' .. ARGV[1]
local removed = 0

local function oldest(key) return tonumber(redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]) end

for i = 2, #ARGV do
  local k = 2 + 4 * (i - 2)
  local state, marks, served, pages = KEYS[k + 1], KEYS[k + 2], KEYS[k + 3], KEYS[k + 4]
  local gone = redis.call('ZRANGE', served, '-inf', below, 'BYSCORE')
  for _, member in ipairs(gone) do redis.call('HDEL', pages, string.sub(member, 1, 12)) end
  if #gone > 0 then
    redis.call('ZREMRANGEBYSCORE', served, '-inf', below)
    redis.call('SETRANGE', state, 0, next_version(version_of(state, meta)))
  end
  removed = removed + #gone + redis.call('ZREMRANGEBYSCORE', marks, '-inf', below)
  local page, mark = oldest(served), oldest(marks)
  if page or mark then
    redis.call('ZADD', times, digits(math.min(page or mark, mark or page)), ARGV[i])
  else
    redis.call('ZREM', times, ARGV[i])
  end
end
return removed

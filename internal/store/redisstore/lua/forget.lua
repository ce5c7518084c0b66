-- Erases a reader, and the reader's entries in the log, and leaves one that says
-- so. The epoch moves past the reader's version, so that a page by that version,
-- or by that of an unknown reader, comes too late.
--
-- KEYS  log, meta, times, state, acted, marks, entries, served, pages
-- ARGV  floor, user, entry
-- Returns the last id before, the id before the one given out, and that.

local log, meta, times, state, entries = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[7]
local version = math.max(version_of(state, meta), field(meta, 'epoch', '1'))
redis.call('HSET', meta, 'epoch', next_version(version))

local all = redis.call('GET', entries) or ''
local ids = {}
for at = 1, #all, 8 do
  ids[#ids + 1] = digits(struct.unpack('>I8', all, at)) .. '-0'
  if #ids == 500 then
    redis.call('XDEL', log, unpack(ids))
    ids = {}
  end
end
if #ids > 0 then redis.call('XDEL', log, unpack(ids)) end
redis.call('DEL', state, KEYS[5], KEYS[6], entries, KEYS[8], KEYS[9])
redis.call('ZREM', times, ARGV[2])

local last = field(meta, 'last', '0')
local first = before_next(last, tonumber(ARGV[1]))
add(log, first + 1, ARGV[3])
redis.call('HSET', meta, 'last', digits(first + 1))
return {digits(last), digits(first), digits(first + 1)}

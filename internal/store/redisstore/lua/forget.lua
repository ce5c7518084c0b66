-- Erases a reader, and the reader's entries in the log, and leaves one that says
-- so. The epoch moves past the reader's version, so that a page by that version,
-- or by that of an unknown reader, comes too late.
--
-- Whatever a reader's keys hold, they go. Where the reader's entries cannot be found
-- by them, nothing is done until the caller has looked for them itself.
--
-- KEYS  log, meta, times, state, acted, marks, entries, served, pages
-- ARGV  floor, user, entry, whether the caller has looked for entries (1)
-- Returns the last id before, the id before the one given out, and that; or three
-- zeros and d.

local log, meta, times, state, entries = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[7]
local last = field(meta, 'last', '0')
local all, damaged, ids = '', not is(entries, 'string'), {}
if not damaged then all = redis.call('GET', entries) or '' end
if #all % 8 ~= 0 then damaged = true end
local before = 0
for at = 1, #all - 7, 8 do
  local id = struct.unpack('>I8', all, at)
  if id <= before or id > last then
    damaged = true
  else
    ids[#ids + 1] = digits(id) .. '-0'
    before = id
  end
end
if damaged then
  if ARGV[4] ~= '1' then return {'0', '0', '0', 'd'} end
  ids = {}
end

local version = is(state, 'string') and tonumber(string.match(redis.call('GETRANGE', state, 0, 15), '^%d+$') or '0') or 0
if version > micros() + 86400e6 then version = 0 end -- none that was given out
redis.call('HSET', meta, 'epoch', next_version(math.max(version, field(meta, 'epoch', '1'))))

for i = 1, #ids, 500 do redis.call('XDEL', log, unpack(ids, i, math.min(i + 499, #ids))) end
redis.call('DEL', state, KEYS[5], KEYS[6], entries, KEYS[8], KEYS[9])
redis.call('ZREM', times, ARGV[2])

local first = before_next(last, tonumber(ARGV[1]))
add(log, first + 1, ARGV[3])
redis.call('HSET', meta, 'last', digits(first + 1))
return {digits(last), digits(first), digits(first + 1)}

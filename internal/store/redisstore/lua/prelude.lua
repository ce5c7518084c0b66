-- What the scripts share. Numbers (microseconds, ids, versions) stay below
-- 2^53, so that Lua's doubles hold them exactly; they travel as digits.

local function digits(n) return string.format('%.0f', n) end

local function micros()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000000 + tonumber(t[2])
end

-- A partition's hash "meta" holds: last, the highest entry id given out; epoch,
-- the version of readers of whom nothing is kept; trim, up to which entry the
-- log was trimmed; touched, see touch.
local function field(meta, name, default)
  return tonumber(redis.call('HGET', meta, name) or default)
end

-- Entry ids only grow: past the last one, past the highest that the caller knows
-- to be ordered (floor), and with the clock, so that a server that took over
-- and has lost the last ones does not give them out again.
local function before_next(last, floor) return math.max(last, floor, micros()) end

-- Writes something where there was nothing to write, so that a WAIT after it is
-- about all that was written before: Redis has a WAIT follow its connection's own
-- last write.
local function touch(hash) redis.call('HINCRBY', hash, 'touched', 1) end

local function add(log, id, entry) redis.call('XADD', log, digits(id) .. '-0', 'e', entry) end

-- A reader's state is 16 digits of version, then its latest acts.
local function version_of(state, meta)
  local v = redis.call('GETRANGE', state, 0, 15)
  if v == '' then return field(meta, 'epoch', '1') end
  return tonumber(v)
end

local function next_version(version) return string.format('%016.0f', math.max(version + 1, micros())) end

-- Whether a key is of a type, or not there.
local function is(key, kind)
  local t = redis.call('TYPE', key)['ok']
  return t == kind or t == 'none'
end

-- The highest id that a stream ever had; nil if there is no stream.
local function generated(stream)
  if redis.call('EXISTS', stream) == 0 then return nil end
  local info = redis.call('XINFO', 'STREAM', stream)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then return info[i + 1] end
  end
end

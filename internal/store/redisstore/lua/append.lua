-- Appends signals to a partition's log: each whose key is new to its reader, or
-- that has none, with its acts and its mark.
--
-- KEYS  log, meta, times, then for each reader: state, acted, marks, entries
-- ARGV  floor, now (ms), life of marks (ms), acts kept, then for each signal:
--       its reader's number from 0, user, key or '', entry, acts
-- An act is a byte of length and its encoding, which begins with its article.
-- Returns the last id before, the id before the first given out, the last id,
-- and a digit for each signal: 1 is a duplicate.

local log, meta, times = KEYS[1], KEYS[2], KEYS[3]
local floor, now, life, kept = tonumber(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4])
local last = field(meta, 'last', '0')
local trim = field(meta, 'trim', '0')
local first = before_next(last, floor)
local id = first
local outcomes = {}

-- An encoded article is there if it is found where one begins: bytes of a
-- uvarint but its last are 128 and above.
local function holds(all, article)
  local at = string.find(all, article, 1, true)
  while at do
    if at == 1 or string.byte(all, at - 1) < 128 then return true end
    at = string.find(all, article, at + 1, true)
  end
  return false
end

local function record(state, acted, acts)
  local had = redis.call('GET', state)
  local all = acts
  if had then all = string.sub(had, 17) .. acts end
  local n, at = 0, 1
  while at <= #all do
    n = n + 1
    at = at + 1 + string.byte(all, at)
  end
  at = 1
  while n > kept do
    n = n - 1
    at = at + 1 + string.byte(all, at)
  end
  redis.call('SET', state, next_version(version_of(state, meta)) .. string.sub(all, at))
  local known = redis.call('GET', acted) or ''
  local fresh = ''
  at = 1
  while at <= #acts do
    local stop = at + 1
    while string.byte(acts, stop) >= 128 do stop = stop + 1 end
    local article = string.sub(acts, at + 1, stop)
    if not holds(known, article) then
      known = known .. article
      fresh = fresh .. article
    end
    at = at + 1 + string.byte(acts, at)
  end
  if fresh ~= '' then redis.call('APPEND', acted, fresh) end
end

-- What was trimmed off the log need not be erased any more.
local function cut(entries)
  if trim == 0 then return end
  local head = redis.call('GETRANGE', entries, 0, 7)
  if head == '' or struct.unpack('>I8', head) > trim then return end
  local all = redis.call('GET', entries)
  local at = 1
  while at <= #all and struct.unpack('>I8', all, at) <= trim do at = at + 8 end
  redis.call('SET', entries, string.sub(all, at))
end

for i = 5, #ARGV, 5 do
  local k = 3 + 4 * tonumber(ARGV[i])
  local state, acted, marks, entries = KEYS[k + 1], KEYS[k + 2], KEYS[k + 3], KEYS[k + 4]
  local user, key, entry, acts = ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  if key ~= '' and redis.call('ZADD', marks, 'NX', now, key) == 0 then
    outcomes[#outcomes + 1] = '1'
  else
    outcomes[#outcomes + 1] = '0'
    if key ~= '' then
      redis.call('PEXPIRE', marks, life)
      redis.call('ZADD', times, 'LT', now, user)
    end
    id = id + 1
    add(log, id, entry)
    if user ~= '' then
      cut(entries)
      redis.call('APPEND', entries, struct.pack('>I8', id))
      if acts ~= '' then record(state, acted, acts) end
    end
  end
end

if id == first then
  touch(meta)
  return {digits(last), digits(last), digits(last), table.concat(outcomes)}
end
redis.call('HSET', meta, 'last', digits(id))
return {digits(last), digits(first), digits(id), table.concat(outcomes)}

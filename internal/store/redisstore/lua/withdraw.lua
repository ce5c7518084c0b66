-- Marks articles withdrawn and logs each that was not. Bit 0 of a body's second
-- byte says so.
--
-- KEYS  log, meta, bodies
-- ARGV  floor, then for each article: 8 bytes of id, entry
-- Returns the last id before, the id before the first given out, the last id,
-- and a digit for each article: 1 is known.

local log, meta, bodies = KEYS[1], KEYS[2], KEYS[3]
local last = field(meta, 'last', '0')
local first = before_next(last, tonumber(ARGV[1]))
local id = first
local known = {}
for i = 2, #ARGV, 2 do
  local body = redis.call('HGET', bodies, ARGV[i])
  known[#known + 1] = body and '1' or '0'
  if body then
    local flags = string.byte(body, 2)
    if flags % 2 == 0 then
      redis.call('HSET', bodies, ARGV[i], string.sub(body, 1, 1) .. string.char(flags + 1) .. string.sub(body, 3))
      id = id + 1
      add(log, id, ARGV[i + 1])
    end
  end
end
if id == first then
  touch(meta)
  return {digits(last), digits(last), digits(last), table.concat(known)}
end
redis.call('HSET', meta, 'last', digits(id))
return {digits(last), digits(first), digits(id), table.concat(known)}

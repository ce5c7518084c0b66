-- Puts entries of partitions into the order, unless they are in it. For each
-- partition the order remembers up to which entry it has ordered, its mark, and
-- takes only what follows on that without a gap.
--
-- KEYS  order, marks
-- ARGV  a random number, how many partitions, then for each: its number, the id
--       after which all entries are given, the id up to which they are; then
--       the entries in the sequence wanted: partition, id
-- Returns 0 and the order's end ('' if it is empty); or, having done nothing, 1
-- and each partition that is behind with its mark; or, having done nothing, 2 if
-- the marks are lost: without them, entries would be ordered twice.

local order, marks = KEYS[1], KEYS[2]
if redis.call('HEXISTS', marks, 'seq') == 0 and generated(order) then return {'2'} end
local n = tonumber(ARGV[2])
local mark, upto, behind = {}, {}, {'1'}
for i = 3, 2 + 3 * n, 3 do
  local p = ARGV[i]
  mark[p] = field(marks, p, '0')
  upto[p] = tonumber(ARGV[i + 2])
  if mark[p] < tonumber(ARGV[i + 1]) then
    behind[#behind + 1] = p
    behind[#behind + 1] = digits(mark[p])
  end
end
if #behind > 1 then return behind end

local start = field(marks, 'seq', '0')
local seq = start
for i = 3 + 3 * n, #ARGV, 2 do
  local p, id = ARGV[i], tonumber(ARGV[i + 1])
  if id > mark[p] then
    seq = seq + 1
    redis.call('XADD', order, digits(seq) .. '-' .. ARGV[1], 'r', struct.pack('>I2I8', tonumber(p), id))
    mark[p] = id
  end
end
local written = seq > start
for p, id in pairs(upto) do
  if id > field(marks, p, '0') then
    redis.call('HSET', marks, p, digits(id))
    written = true
  end
end
if not written then touch(marks) end
if seq == start then return {'0', redis.call('HGET', marks, 'end') or ''} end
local last = digits(seq) .. '-' .. ARGV[1]
redis.call('HSET', marks, 'seq', digits(seq), 'end', last)
return {'0', last}

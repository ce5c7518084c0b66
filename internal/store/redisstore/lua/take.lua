-- Appends entries of another store's log to a partition's, under given ids,
-- unless they are there.
--
-- KEYS  log, meta, then the entries of each reader
-- ARGV  for each entry: id, its reader's number from 1 or 0 for none, entry

local log, meta = KEYS[1], KEYS[2]
local had = field(meta, 'last', '0')
local last = had
for i = 1, #ARGV, 3 do
  local id = tonumber(ARGV[i])
  if id > last then
    last = id
    add(log, id, ARGV[i + 2])
    local n = tonumber(ARGV[i + 1])
    if n > 0 then redis.call('APPEND', KEYS[2 + n], struct.pack('>I8', id)) end
  end
end
if last > had then redis.call('HSET', meta, 'last', digits(last)) else touch(meta) end
return redis.status_reply('OK')

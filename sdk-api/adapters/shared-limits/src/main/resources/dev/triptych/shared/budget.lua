-- One step of a budget. Redis runs it as a whole, so that nobody comes in between.
--
-- KEYS  1 hash of sums: micros, pictures (the month), micros:DAY, pictures:DAY
--       2 hash of calls under way: id -> "DAY MICROS PICTURES held|sent"
--       3 sorted set of those that were not sent: id by the time, in ms, until which they are held
-- ARGV  1 hold, settle or status; then
--       hold:   2 id, 3 day, 4 micros, 5 pictures, 6 "1" = about to be sent, 7 lease in ms, 8 time to keep in ms,
--               9 micros a day, 10 pictures a day, 11 micros a month, 12 pictures a month ("" = no limit)
--       settle: 2 id, 3 micros, 4 pictures
--       status: 2 day

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local function sum(field)
  return tonumber(redis.call('HGET', KEYS[1], field) or 0)
end

local function add(day, micros, pictures)
  redis.call('HINCRBY', KEYS[1], 'micros', micros)
  redis.call('HINCRBY', KEYS[1], 'pictures', pictures)
  redis.call('HINCRBY', KEYS[1], 'micros:' .. day, micros)
  redis.call('HINCRBY', KEYS[1], 'pictures:' .. day, pictures)
end

local function call(id)
  local line = redis.call('HGET', KEYS[2], id)
  if not line then
    return nil
  end
  local day, micros, pictures, state = line:match('^(%S+) (%d+) (%d+) (%a+)$')
  return { day = day, micros = tonumber(micros), pictures = tonumber(pictures), sent = state == 'sent' }
end

local function forget(id)
  redis.call('HDEL', KEYS[2], id)
  redis.call('ZREM', KEYS[3], id)
end

-- What was not sent in time costs nothing. What was sent is never in the sorted set.
local function release(own)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now)) do
    local late = call(id)
    if late and id ~= own then
      add(late.day, -late.micros, -late.pictures)
      forget(id)
    end
  end
end

local function fits(before, more, limit)
  return limit == '' or before + more <= tonumber(limit)
end

if ARGV[1] == 'hold' then
  local id, day = ARGV[2], ARGV[3]
  release(id)
  local held = call(id) or { micros = 0, pictures = 0, sent = false }
  local micros = math.max(held.micros, tonumber(ARGV[4]))
  local pictures = math.max(held.pictures, tonumber(ARGV[5]))
  local moreMicros, morePictures = micros - held.micros, pictures - held.pictures
  local dayMicros, dayPictures = sum('micros:' .. day), sum('pictures:' .. day)
  local monthMicros, monthPictures = sum('micros'), sum('pictures')
  local room = fits(dayMicros, moreMicros, ARGV[9]) and fits(dayPictures, morePictures, ARGV[10])
    and fits(monthMicros, moreMicros, ARGV[11]) and fits(monthPictures, morePictures, ARGV[12])
  if room then
    local sent = held.sent or ARGV[6] == '1'
    add(day, moreMicros, morePictures)
    redis.call('HSET', KEYS[2], id,
      string.format('%s %d %d %s', day, micros, pictures, sent and 'sent' or 'held'))
    if sent then
      redis.call('ZREM', KEYS[3], id)
    else
      redis.call('ZADD', KEYS[3], now + tonumber(ARGV[7]), id)
    end
    for i = 1, 3 do
      redis.call('PEXPIRE', KEYS[i], ARGV[8])
    end
  end
  return { room and 1 or 0, moreMicros, morePictures, dayMicros, dayPictures, monthMicros, monthPictures }
elseif ARGV[1] == 'settle' then
  local held = call(ARGV[2])
  if held then
    add(held.day, tonumber(ARGV[3]) - held.micros, tonumber(ARGV[4]) - held.pictures)
    forget(ARGV[2])
  end
  return { held and 1 or 0 }
else
  release('')
  return { sum('micros:' .. ARGV[2]), sum('pictures:' .. ARGV[2]), sum('micros'), sum('pictures'),
    redis.call('HLEN', KEYS[2]) }
end

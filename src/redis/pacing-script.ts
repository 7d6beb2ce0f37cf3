/**
 * `takeFromAll` and the pauses of `core/pacing.ts` as one Lua script: Redis runs it as one step, so replicas
 * that ask at the same moment cannot both get the last token.
 *
 * KEYS[1] the method's pause; KEYS[2…] one hash {tokens, at} per bucket.
 * ARGV[1] now in milliseconds, or '' for the server's own clock (replicas' clocks differ);
 * then per bucket: capacity, refill per second, tokens to leave.
 * Returns milliseconds to wait; 0 took one token from every bucket.
 *
 * Keys end a minute after they stop mattering: what counts is the time written in them, and Redis must not
 * end them sooner by a clock that was set forward.
 */
export const pacingScript = `
local now = tonumber(ARGV[1])
if now == nil then
  local time = redis.call('TIME')
  now = time[1] * 1000 + time[2] / 1000
end
local pausedUntil = tonumber(redis.call('GET', KEYS[1]) or '0') or 0
if pausedUntil > now then return math.ceil(pausedUntil - now) end

local wait = 0
local tokensIn = {}
local isAhead = {}
for index = 2, #KEYS do
  local base = 2 + (index - 2) * 3
  local capacity = tonumber(ARGV[base])
  local refill = tonumber(ARGV[base + 1])
  local leave = tonumber(ARGV[base + 2])
  local state = redis.call('HMGET', KEYS[index], 'tokens', 'at')
  local tokens = tonumber(state[1] or '')
  local at = tonumber(state[2] or '')
  if tokens == nil or at == nil then
    tokens = capacity
  else
    tokens = math.min(capacity, tokens + math.max(0, now - at) / 1000 * refill)
  end
  tokensIn[index] = tokens
  isAhead[index] = at ~= nil and at > now
  local lacking = 1 + leave - tokens
  if lacking > 1e-5 then wait = math.max(wait, math.ceil(lacking / refill * 1000 - 1e-3)) end
end
if wait > 0 then
  for index = 2, #KEYS do
    if isAhead[index] then redis.call('HSET', KEYS[index], 'at', string.format('%.3f', now)) end
  end
  return wait
end

for index = 2, #KEYS do
  local base = 2 + (index - 2) * 3
  local tokens = tokensIn[index] - 1
  local millisecondsToFull = (tonumber(ARGV[base]) - tokens) / tonumber(ARGV[base + 1]) * 1000
  redis.call('HSET', KEYS[index], 'tokens', string.format('%.9f', tokens), 'at', string.format('%.3f', now))
  redis.call('PEXPIRE', KEYS[index], math.ceil(millisecondsToFull) + 60000)
end
return 0
`;

/**
 * KEYS[1] the method's pause. ARGV[1] now or '' as above; ARGV[2] milliseconds.
 * Never shortens a pause another replica has set.
 */
export const pauseScript = `
local now = tonumber(ARGV[1])
if now == nil then
  local time = redis.call('TIME')
  now = time[1] * 1000 + time[2] / 1000
end
local untilTime = now + tonumber(ARGV[2])
local before = tonumber(redis.call('GET', KEYS[1]) or '0') or 0
if untilTime > before then
  redis.call('SET', KEYS[1], string.format('%.3f', untilTime), 'PX', math.ceil(tonumber(ARGV[2])) + 60000)
end
return 1
`;

-- The load of one cell, run by wrk: prepared requests in turn, and the figures on one line that a program can read.
-- Arguments: none for a plain GET of the URL; else method, key, a file of lines "path body", and, where the load is not to
-- go as fast as it can, the requests per second.

local prepared = {}
local last = 0

function init(args)
  if #args == 0 then
    prepared[1] = wrk.format()
    return
  end
  wrk.method = args[1]
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer " .. args[2]
  for line in io.lines(args[3]) do
    local path, body = line:match("^(%S+) (.*)$")
    prepared[#prepared + 1] = wrk.format(nil, path, nil, body)
  end
  if args[4] then
    pace(1 / tonumber(args[4]))
  end
end

-- A fixed timetable over all connections, so that a late answer does not slow the load down. wrk asks for a `delay` only
-- if there is one, in milliseconds until the connection's next request.
function pace(every)
  local ffi = require("ffi")
  ffi.cdef("typedef struct { long seconds, micros; } moment; int gettimeofday(moment *, void *);")
  local moment = ffi.new("moment[1]")
  local function now()
    ffi.C.gettimeofday(moment, nil)
    return tonumber(moment[0].seconds) + tonumber(moment[0].micros) / 1e6
  end
  local next_at
  delay = function()
    next_at = (next_at or now()) + every
    return math.max(0, math.floor((next_at - now()) * 1000 + 0.5))
  end
end

function request()
  last = last % #prepared + 1
  return prepared[last]
end

function done(summary, latency, requests)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), errors.status, broken))
end

-- The load of one cell, run by wrk: prepared requests in turn, and the figures on one line that a program can read.
-- Arguments: none for a plain GET of the URL; else method, key and a file of lines "path body".

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

-- What a run of wrk came to, as one line of JSON; latencies in microseconds.

done = function(summary, latency)
    local errors = summary.errors

    io.write(string.format('{"requests":%d,"duration":%d,"bytes":%d,'
        .. '"failed":%d,"p50":%d,"p99":%d,"max":%d}\n',
        summary.requests, summary.duration, summary.bytes,
        errors.connect + errors.read + errors.write + errors.status
            + errors.timeout,
        latency:percentile(50), latency:percentile(99), latency.max))
end

// Cost blocks in Redis, from outside.

// The keys of an account's blocks, in order: DAILY ones before MONTHLY ones,
// then by month.
export async function keysOf(redis, { id }) {
    return (await redis.cli('keys', `billing:*:cost:${id}:*`))
        .split('\n').filter((key) => key !== '' && !key.endsWith(':ages')).sort();
}


// As if the block had been read at another time (in seconds); the rest of
// "meta" stays.  Answers that were made of it go, but for those in a zone.
export const redate = (redis, key, time) => redis.cli('eval', `
    local meta = redis.call('HGET', KEYS[1], 'meta')
    local left, text = tonumber(ARGV[1]), meta:sub(1, 9)
    while left > 127 do
        text = text .. string.char(left % 128 + 128)
        left = math.floor(left / 128)
    end
    redis.call('HSET', KEYS[1], 'meta', text .. string.char(left)
        .. meta:sub(15))
    local base = KEYS[1]:match('^.-{.-}:')
    redis.call('HINCRBY', base .. 'meta', 'costs', 1)
    redis.call('DEL', base .. 'answers')`, 1, key, Math.floor(time));

// Reads a request's body, and writes an answer {status, headers, body} the way
// a fault rule wants it.

const BODY_MAX = 1 << 20;

export const jsonHeaders = { 'Content-Type': 'application/json' };


export function json(status, value) {
    return { status, headers: jsonHeaders, body: JSON.stringify(value) };
}


// Ends early when the client goes away.
export function sleep(ms, res) {
    return new Promise((resolve) => {
        if (ms <= 0 || res.destroyed) {
            resolve();
            return;
        }
        const timer = setTimeout(done, ms);
        res.once('close', done);

        function done() {
            clearTimeout(timer);
            res.off('close', done);
            resolve();
        }
    });
}


export async function sendAnswer(res, rule, { status, headers, body }) {
    const bytes = Buffer.from(status === 204 ? '' : body, rule.encoding);

    if (rule.cut === 'before') {
        abort(res);
        return;
    }

    res.writeHead(status, status === 204
        ? headers : { 'Content-Length': bytes.length, ...headers });

    if (rule.cut === 'body') {
        res.write(bytes.subarray(0, bytes.length >> 1), () => abort(res));
    } else if (rule.trickle) {
        await trickle(res, rule.trickle, bytes);
    } else {
        res.end(bytes);
    }
}


async function trickle(res, { bytes = 1, interval_ms = 20 }, body) {
    for (let at = 0; at < body.length && !res.destroyed; at += bytes) {
        res.write(body.subarray(at, at + bytes));
        await sleep(interval_ms, res);
    }
    res.end();
}


// HTTP/2: only this stream.
function abort(res) {
    if (res.stream) {
        res.stream.close(2);
    } else {
        res.socket?.destroy();
    }
}


export async function readBody(req) {
    const chunks = [];
    let size = 0;

    for await (const chunk of req) {
        size += chunk.length;
        if (size > BODY_MAX) {
            throw new Error('body too large');
        }
        chunks.push(chunk);
    }

    return Buffer.concat(chunks).toString();
}

// AWS Signature Version 4, on node:crypto, from the description at
// docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html:
// what the requests of libcurl are checked against.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';


const AUTHORIZATION = new RegExp('^AWS4-HMAC-SHA256 Credential=([^/]+)/(\\d{8})/'
    + '([^/]+)/([^/]+)/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?'
    + 'Signature=([0-9a-f]{64})$');


// headers as node:http gives them: names in lower case.
export function signature({ method, url, headers, body, names, date, region,
    service, secret }) {
    const { pathname, search } = new URL(url, 'http://host');
    const query = search.slice(1).split('&').sort().join('&');
    const canonical = [method, pathname, query,
        ...names.map((name) => `${name}:${value(headers[name])}`), '',
        names.join(';'), sha256(body)].join('\n');
    const scope = [date.slice(0, 8), region, service, 'aws4_request'];
    const key = scope.reduce(hmac, `AWS4${secret}`);

    return hmac(key, ['AWS4-HMAC-SHA256', date, scope.join('/'),
        sha256(canonical)].join('\n')).toString('hex');
}


// {id, region, service, names} of a request that is signed as it says, or
// {error}.  secretOf(id) gives the secret, or undefined; signed for a time
// further than five minutes from now: an error.
export function verify({ method, url, headers, body }, secretOf,
    now = Date.now()) {
    const match = AUTHORIZATION.exec(headers.authorization ?? '');
    const date = headers['x-amz-date'] ?? '';

    if (match === null) {
        return { error: 'MissingAuthenticationToken' };
    }

    const [, id, day, region, service, list, given] = match;
    const names = list.split(';');
    const secret = secretOf(id);

    if (secret === undefined) {
        return { error: 'UnrecognizedClientException' };
    }
    if (!date.startsWith(day) || Math.abs(parseDate(date) - now) > 300_000
        || names.some((name) => headers[name] === undefined)
        || !['host', 'x-amz-date'].every((name) => names.includes(name))
        || Object.keys(headers).some((name) =>
            name.startsWith('x-amz-') && !names.includes(name))) {
        return { error: 'InvalidSignatureException' };
    }

    const wanted = signature({ method, url, headers, body, names, date, region,
        service, secret });

    return timingSafeEqual(Buffer.from(wanted), Buffer.from(given))
        ? { id, region, service, names }
        : { error: 'InvalidSignatureException' };
}


function parseDate(text) {
    return Date.parse(text.replace(
        /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}


function value(text) {
    return String(text).trim().replace(/ +/g, ' ');
}


function hmac(key, data) {
    return createHmac('sha256', key).update(data).digest();
}


function sha256(data) {
    return createHash('sha256').update(data ?? '').digest('hex');
}

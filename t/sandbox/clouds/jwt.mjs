// RS256 tokens, verified and made with node:crypto alone (RFC 7515, 7519).

import {
    createPublicKey, createSign, createVerify, generateKeyPairSync,
} from 'node:crypto';


// {private_key (PEM), public_key}
export function keyPair() {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

    return {
        private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
        public_key: createPublicKey(privateKey)
            .export({ type: 'spki', format: 'pem' }),
    };
}


// {header, claims}, or null if it is not signed by the key that keyOf(claims)
// names, or if its time is not now.
export function verify(token, keyOf, now = Date.now() / 1000) {
    const parts = token.split('.');

    try {
        const [header, claims] = parts.slice(0, 2).map((part) =>
            JSON.parse(Buffer.from(part, 'base64url').toString()));
        const signed = createVerify('sha256')
            .update(parts.slice(0, 2).join('.'))
            .verify(keyOf(claims), parts[2], 'base64url');

        return parts.length === 3 && signed && header.alg === 'RS256'
            && Math.abs(claims.iat - now) < 300 && claims.exp > now
            ? { header, claims } : null;
    } catch {
        return null;
    }
}


export function sign(header, claims, key) {
    const text = [header, claims].map((part) =>
        Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');

    return `${text}.${createSign('sha256').update(text).sign(key, 'base64url')}`;
}

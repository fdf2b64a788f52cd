// The versions of HTTP that this nginx speaks over TLS, and a server with them.

import { execFileSync, spawnSync } from 'node:child_process';

import { selfSigned } from './certificate.mjs';
import { NGINX } from './nginx.mjs';


const { stderr: ABOUT } = spawnSync(NGINX, ['-V'], { encoding: 'utf8' });
const [, major, minor] = ABOUT.match(/nginx version: nginx\/(\d+)\.(\d+)/)
    ?? [undefined, 1, 31];

// "http2 on;" is younger than this nginx, or "listen ... http2" older.
const OLD_HTTP2 = Number(major) === 1 && Number(minor) < 25;

export const HTTP3 = ABOUT.includes('--with-http_v3_module');


// Directives of a server block that listens with TLS on the port.
export function listenWithTls(port) {
    const { certificate, key } = selfSigned();

    return `
        listen 127.0.0.1:${port} ssl ${OLD_HTTP2 ? 'http2' : ''};
        ${OLD_HTTP2 ? '' : 'http2 on;'}
        ${HTTP3 ? `listen 127.0.0.1:${port} quic;` : ''}
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_certificate ${certificate};
        ssl_certificate_key ${key};`;
}


// What Chromium wants to know of a certificate that nobody has signed, before
// it uses it over QUIC: the hash of its public key.
export function keyHash() {
    const { certificate } = selfSigned();
    const key = execFileSync('openssl', ['x509', '-in', certificate, '-noout',
        '-pubkey']);
    const der = execFileSync('openssl', ['pkey', '-pubin', '-outform', 'der'],
        { input: key });

    return execFileSync('openssl', ['dgst', '-sha256', '-binary'], { input: der })
        .toString('base64');
}

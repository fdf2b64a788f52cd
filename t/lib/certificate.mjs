// A certificate for this machine that nobody else has signed, for a server of the
// tests.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { temporaryFolder } from './process.mjs';


let made;

// { certificate, key }, paths; the same for all who ask.
export function selfSigned() {
    if (made === undefined) {
        const dir = temporaryFolder('tls');

        made = { certificate: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
        execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
            'ec_paramgen_curve:P-256', '-nodes', '-keyout', made.key, '-out',
            made.certificate, '-days', '2', '-subj', '/CN=localhost', '-addext',
            'subjectAltName=DNS:localhost,IP:127.0.0.1'], { stdio: 'ignore' });
    }
    return made;
}

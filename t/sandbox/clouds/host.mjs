// A stand-in for what a machine at AWS has near by: the instance metadata
// service (version 2) and the credentials service of containers.  The keys that
// it gives are of the role "host" of a sandbox of AWS.
//
//     const host = await startHost(aws.cloud);
//     env: { AWS_EC2_METADATA_SERVICE_ENDPOINT: host.url }, or
//          { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${host.url}/container`,
//            AWS_CONTAINER_AUTHORIZATION_TOKEN: host.token }
//     host.settings    role (null: none is attached), off, seconds, hang
//     host.calls       ["PUT /latest/api/token", ...]

import { randomBytes } from 'node:crypto';
import http from 'node:http';


const ROLES = '/latest/meta-data/iam/security-credentials/';


export async function startHost(aws) {
    const host = {
        settings: { role: 'host', off: false, seconds: 3600, hang: false },
        calls: [],
        token: randomBytes(12).toString('hex'),
    };
    const sessions = new Set();
    const sockets = new Set();

    const server = http.createServer((request, response) => {
        const { method, url, headers } = request;

        host.calls.push(`${method} ${url}`);
        if (!host.settings.hang) {
            const [status, body] = answer(method, url, headers);

            response.writeHead(status).end(body);
        }
    });

    function answer(method, url, headers) {
        if (url === '/container') {
            return headers.authorization === host.token
                ? [200, keys()] : [401, 'who is it?'];
        }
        if (host.settings.off) {
            return [403, ''];
        }
        if (url === '/latest/api/token') {
            return session(method, headers);
        }
        if (method !== 'GET'
            || !sessions.has(headers['x-aws-ec2-metadata-token'])) {
            return [401, ''];
        }
        return role(url);
    }

    // as AWS does it, not where somebody forwards for somebody else
    function session(method, headers) {
        const seconds = Number(headers['x-aws-ec2-metadata-token-ttl-seconds']);

        if (method !== 'PUT' || headers['x-forwarded-for'] !== undefined
            || !(seconds >= 1 && seconds <= 21600)) {
            return [400, ''];
        }

        const token = randomBytes(30).toString('base64');

        sessions.add(token);
        return [200, token];
    }

    function role(url) {
        const { role: name } = host.settings;

        if (name === null || !url.startsWith(ROLES)) {
            return [404, '<html>404</html>'];
        }
        if (url === ROLES) {
            return [200, name];
        }
        return url === ROLES + name ? [200, keys()] : [404, ''];
    }

    function keys() {
        const { key, secret, session: token, until }
            = aws.issueKeys(aws.known.host, host.settings.seconds);

        return JSON.stringify({ Code: 'Success', Type: 'AWS-HMAC',
            LastUpdated: new Date().toISOString().replace(/\.\d+/, ''),
            AccessKeyId: key, SecretAccessKey: secret, Token: token,
            Expiration: new Date(until).toISOString().replace(/\.\d+/, '') });
    }

    server.on('connection', (socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
    });
    await new Promise((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
    });

    return Object.assign(host, {
        url: `http://127.0.0.1:${server.address().port}`,
        stop: () => {
            server.close();
            sockets.forEach((socket) => socket.destroy());
        },
    });
}

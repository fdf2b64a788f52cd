// express PORT REDIS KEY: answers /answer with what Redis has under the key.

import { createRequire } from 'node:module';


const require = createRequire(process.env.BENCH_PACKAGES);
const express = require('express');
const Redis = require('ioredis');

const [port, redisPort, name] = process.argv.slice(2);
const redis = new Redis({ host: '127.0.0.1', port: Number(redisPort) });
const app = express();

app.disable('x-powered-by');
app.disable('etag');

app.get('/answer', async (req, res) => {
    const body = await redis.getBuffer(name);

    res.set('Content-Type', 'application/json');
    res.send(body);
});

const server = app.listen(Number(port), '127.0.0.1');

server.keepAliveTimeout = 60_000;
process.on('SIGTERM', () => process.exit(0));

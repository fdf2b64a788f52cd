// Starts a cloud's sandbox for a test, in this process:
//
//     const aws = await startCloud('aws', { today: '2026-11-23' });
//     aws.url, aws.credentials, await aws.control('GET', 'counters'),
//     await aws.fault({...}), await aws.settings({...}), await aws.data({...}),
//     await aws.stop()
//
// Names: aws, azure, google, summary.  Run as a program, it serves one:
// index.mjs NAME [PORT].

import { fileURLToPath } from 'node:url';

import { Aws } from './aws.mjs';
import { Azure } from './azure.mjs';
import { Google } from './google.mjs';
import { Summary } from './summary.mjs';


export const clouds = { aws: Aws, azure: Azure, google: Google,
    summary: Summary };


export async function startCloud(name, options = {}) {
    const cloud = new clouds[name](options);

    await cloud.listen();

    const control = async (method, path, body) => {
        const { status, body: text } = cloud.control({ method,
            url: `/_sandbox/${path}`, body: JSON.stringify(body) });
        const value = JSON.parse(text);

        if (status !== 200) {
            throw new Error(value.message);
        }
        return value;
    };

    return {
        cloud,
        url: cloud.url,
        credentials: cloud.known,
        control,
        stop: () => cloud.close(),
        reset: () => control('POST', 'reset'),
        fault: (rule) => control('POST', 'faults', rule),
        settings: (changes) => control('PUT', 'settings', changes),
        counters: () => control('GET', 'counters'),
        calls: (args = {}) =>
            control('GET', `calls?${new URLSearchParams(args)}`),
        data: (args) => control('GET', `data?${new URLSearchParams(args)}`),
    };
}


if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const [name, port = '0'] = process.argv.slice(2);

    if (!(name in clouds) || !/^\d+$/.test(port)) {
        console.error(`usage: index.mjs ${Object.keys(clouds).join('|')} [PORT]`);
        process.exit(2);
    }

    const { url, stop } = await startCloud(name, { port: Number(port) });

    console.log(`listening on ${url}`);
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
}

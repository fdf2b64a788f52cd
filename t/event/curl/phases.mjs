// Transfers that stop in each phase, so that a test can do something to them
// there: { name, args, begin(), reached(), next, left(), end() }.  left() tells
// whether the peer has seen the end of it, after a transfer "next" if there is
// one.

import { deadEnd, http2Peer, rawPeer } from './peers.mjs';

export async function phases(certificates, resolver) {
    return [
        {
            name: 'resolving',
            args: { url: 'http://slow.invalid/' },
            begin: resolver.close,
            reached: resolver.waiting,
            left: () => true,
            end: resolver.open,
        },
        await connecting(),
        await handshake(),
        await waiting(),
        await receiving(),
        await stream(certificates),
    ];
}


async function connecting() {
    const { url } = await deadEnd();

    return {
        name: 'connecting',
        args: { url, connect_timeout: 60_000 },
        reached: () => true,
        left: () => true,
    };
}


async function handshake() {
    const peer = await rawPeer((socket) => socket.resume(), 'https');

    return {
        name: 'shaking hands',
        args: { url: peer.url, connect_timeout: 60_000 },
        reached: () => peer.sockets.size > 0,
        left: () => peer.sockets.size === 0,
    };
}


// The request is there, no answer.
async function waiting() {
    let asked = 0;
    const peer = await rawPeer((socket) => {
        socket.once('data', () => { asked++; });
    });

    return {
        name: 'waiting',
        args: { url: peer.url },
        begin: () => { asked = 0; },
        reached: () => asked > 0,
        left: () => peer.sockets.size === 0,
    };
}


// Half of the body has been sent.
async function receiving() {
    let answered = 0;
    const peer = await rawPeer((socket) => {
        socket.once('data', () => {
            socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf');
            answered++;
        });
    });

    return {
        name: 'receiving',
        args: { url: peer.url },
        begin: () => { answered = 0; },
        reached: () => answered > 0,
        left: () => peer.sockets.size === 0,
    };
}


// A stream of HTTP/2 ends, its connection stays.  libcurl 7.88 sends the reset
// together with the next request.
async function stream({ good, ca }) {
    let open = 0;
    const peer = await http2Peer(good, (request, response) => {
        if (request.url === '/next') {
            response.end();
            return;
        }
        open++;
        response.write('half');
        response.stream.once('close', () => { open--; });
    });

    return {
        name: 'in an HTTP/2 stream',
        args: { url: peer.url, ca },
        next: { url: `${peer.url}next`, ca },
        reached: () => open > 0,
        left: () => open === 0 && peer.made === 1,
    };
}

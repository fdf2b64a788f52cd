// What a process has open, as the kernel tells it.

import { readFileSync, readdirSync, readlinkSync } from 'node:fs';


// How many file descriptors the process has.
export const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).length;


// How many established TCP connections (IPv4) of the process lead to a port.
export function connectionsTo(pid, port) {
    const own = new Set(links(pid));
    const hex = port.toString(16).toUpperCase().padStart(4, '0');

    // sl local_address rem_address st ... inode
    return readFileSync(`/proc/${pid}/net/tcp`, 'utf8').split('\n').slice(1)
        .map((line) => line.trim().split(/\s+/))
        .filter(([, , remote, state, , , , , , inode]) =>
            remote?.endsWith(`:${hex}`) && state === '01'
            && own.has(`socket:[${inode}]`)).length;
}


function links(pid) {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => {
        try {
            return readlinkSync(`/proc/${pid}/fd/${fd}`);
        } catch {
            return ''; // closed meanwhile
        }
    });
}

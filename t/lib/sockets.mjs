// What a process has open, as the kernel tells it.

import { execFileSync } from 'node:child_process';
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


// No descriptor more for the process, whatever it closes; those that it has
// stay.  Returns what gives it back its limit.
export function noDescriptors(pid) {
    const [, soft, hard] = /^Max open files\s+(\d+)\s+(\d+)/m.exec(
        readFileSync(`/proc/${pid}/limits`, 'utf8'));
    const limit = (number) => execFileSync('prlimit',
        ['--pid', String(pid), `--nofile=${number}:${hard}`]);

    // standard input, output and errors, which nobody closes
    limit(3);
    return () => limit(soft);
}


// Seconds for which the process has had a core.
export function coreSeconds(pid) {
    const [, user, system] = /\) (?:\S+ ){11}(\d+) (\d+)/.exec(
        readFileSync(`/proc/${pid}/stat`, 'utf8'));

    return (Number(user) + Number(system)) / 100;
}

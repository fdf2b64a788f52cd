// Numbers that look random and are the same for the same seed (mulberry32).
//
//     const random = seeded(7);
//     random()            from 0 to 1
//     random.below(10)    0 to 9
//     random.of(list)     one of it; undefined when it is empty
//     random.chance(0.1)  true in a tenth of all cases

export function seeded(seed) {
    let state = seed >>> 0;

    function random() {
        state = (state + 0x6d2b79f5) >>> 0;
        let n = state;
        n = Math.imul(n ^ (n >>> 15), n | 1);
        n ^= n + Math.imul(n ^ (n >>> 7), n | 61);
        return ((n ^ (n >>> 14)) >>> 0) / 2 ** 32;
    }

    random.below = (n) => Math.floor(random() * n);
    random.of = (list) => list[random.below(list.length)];
    random.chance = (p) => random() < p;
    return random;
}

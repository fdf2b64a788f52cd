
/* Numbers by chance, the same in each run. */

#ifndef NOISE_H
#define NOISE_H

#include <stdint.h>


/* From -1 to 1, with more in the middle. */
static double
noise(void)
{
    int             i;
    double          sum;
    static uint64_t seed = 1;

    sum = 0;

    for (i = 0; i < 6; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        sum += (double) (seed >> 33) / (double) (1u << 31);
    }

    return sum / 3 - 1;
}


#endif /* NOISE_H */

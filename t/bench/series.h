
/* Programs that read a file of series, one a line. */

#ifndef SERIES_H
#define SERIES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define SERIES_VALUES 100000
#define SERIES_BLANKS " \t\r\n"


/* The values that are left of the line that strtok() goes through. */
static size_t
series_values(double y[SERIES_VALUES])
{
    char  *word, *end;
    size_t n;

    n = 0;

    while ((word = strtok(NULL, SERIES_BLANKS)) != NULL && n < SERIES_VALUES) {
        y[n] = strtod(word, &end);
        n += end != word;
    }

    return n;
}


/* Calls one for each line, with its first word; ends with what is not 0. */
static int
series_each(int argc, char **argv, int (*one)(const char *id))
{
    int    rc;
    FILE  *in;
    char  *line, *id;
    size_t size;

    in = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (in == NULL) {
        fprintf(stderr, "usage: %s FILE\n", argv[0]);
        return 2;
    }

    line = NULL;
    size = 0;
    rc = 0;

    while (rc == 0 && getline(&line, &size, in) > 0) {
        id = strtok(line, SERIES_BLANKS);
        rc = id == NULL ? 0 : one(id);
    }

    free(line);
    fclose(in);

    return rc;
}


#endif /* SERIES_H */


/*
 * What the fuzz targets share.  A target takes its input apart from the
 * front: small numbers first, texts then; an input that is too short goes on
 * with zeros, so that every input means something.
 *
 * must() is an assertion that stays in every build: what does not hold is a
 * finding, and libFuzzer keeps the input.
 */

#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/money.h"


#define must(holds)                                                           \
    do {                                                                      \
        if (!(holds)) {                                                       \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, \
                #holds);                                                      \
            abort();                                                          \
        }                                                                     \
    } while (0)


__extension__ typedef unsigned __int128 fuzz_whole_t;

typedef struct {
    const uint8_t *p;
    const uint8_t *end;
} fuzz_input_t;


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static inline uint8_t
fuzz_byte(fuzz_input_t *in)
{
    return in->p < in->end ? *in->p++ : 0;
}


/* A number of 1 to 16 bytes, the lowest first. */
static inline billing_money_t
fuzz_number(fuzz_input_t *in, unsigned bytes)
{
    unsigned     i;
    fuzz_whole_t value;

    for (i = 0, value = 0; i < bytes; i++) {
        value |= (fuzz_whole_t) fuzz_byte(in) << (8 * i);
    }

    return (billing_money_t) value;
}


static inline unsigned
fuzz_below(fuzz_input_t *in, unsigned n)
{
    return fuzz_byte(in) % n;
}


static inline billing_str_t
fuzz_rest(const fuzz_input_t *in)
{
    return (billing_str_t){ (const char *) in->p, (size_t) (in->end - in->p) };
}


/* What stands before the next separator, or all. */
static inline billing_str_t
fuzz_until(fuzz_input_t *in, char separator)
{
    const uint8_t *end;
    billing_str_t  text;

    text = fuzz_rest(in);
    end = text.len == 0 ? NULL : memchr(in->p, separator, text.len);

    if (end == NULL) {
        in->p = in->end;
        return text;
    }

    text.len = (size_t) (end - in->p);
    in->p = end + 1;

    return text;
}


/* In memory of its very size, so that a read behind it is seen; free it. */
static inline billing_str_t
fuzz_copy(billing_str_t text)
{
    char *data;

    data = malloc(text.len == 0 ? 1 : text.len);
    must(data != NULL);

    if (text.len > 0) {
        memcpy(data, text.data, text.len);
    }

    return (billing_str_t){ data, text.len };
}


static inline void
fuzz_free(billing_str_t text)
{
    free((char *) text.data);
}


static inline billing_str_t
fuzz_text(const billing_buf_t *buf)
{
    return (billing_str_t){ buf->data, buf->len };
}


#endif /* FUZZ_H */

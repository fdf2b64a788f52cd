
/*
 * Memory for what must stay secret: it is overwritten when it is given back,
 * and is in no core dump (MADV_DONTDUMP, Linux).  Any thread may use it.
 */

#ifndef BILLING_CORE_SECRET_H
#define BILLING_CORE_SECRET_H

#include <stddef.h>


/* As malloc() and its family.  What is freed must come from here. */
void *billing_secret_alloc(size_t size);
void *billing_secret_calloc(size_t n, size_t size);
void *billing_secret_realloc(void *p, size_t size);
char *billing_secret_strdup(const char *text);
void  billing_secret_free(void *p);

/*
 * How often there was no memory.  libcurl, which gets its own from here, names
 * other reasons for what fails then.
 */
unsigned billing_secret_failures(void);


#endif /* BILLING_CORE_SECRET_H */

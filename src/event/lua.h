
/*
 * Lua scripts are files.  The assembler puts them into the module, one after
 * another: what several scripts share is a file before each of them.
 */

#ifndef BILLING_EVENT_LUA_H
#define BILLING_EVENT_LUA_H


/*
 * Declares the constant "name": a script's text, of one file or several, whose
 * paths are literals from src/ on.
 */
#define BILLING_LUA(name, ...) BILLING_LUA_PUT(name, "", __VA_ARGS__)

/* The same after lines that C makes, each by BILLING_LUA_LINE(). */
#define BILLING_LUA_AFTER(name, lines, ...) \
    BILLING_LUA_PUT(name, lines, __VA_ARGS__)

/* line: a literal, without quotation marks in it but single ones. */
#define BILLING_LUA_LINE(line) ".ascii \"" line "\\n\"\n"

#define BILLING_LUA_PUT(name, lines, ...)                                      \
    __asm__(".pushsection .rodata\n"                                           \
            ".globl " #name "\n"                                               \
            ".hidden " #name "\n" #name ":\n" lines ".irp path, " #__VA_ARGS__ \
            "\n"                                                               \
            ".incbin \"\\path\"\n"                                             \
            ".endr\n"                                                          \
            ".byte 0\n"                                                        \
            ".popsection\n");                                                  \
    extern const char name[] __attribute__((visibility("hidden")))


#endif /* BILLING_EVENT_LUA_H */

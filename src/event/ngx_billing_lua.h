
/*
 * Lua scripts are files.  The assembler puts them into the module, one after
 * another: what several scripts share is a file before each of them.
 */

#ifndef NGX_BILLING_LUA_H
#define NGX_BILLING_LUA_H


/*
 * Declares the constant "name": a script's text, of one file or several, whose
 * paths are literals from src/ on.
 */
#define NGX_BILLING_LUA(name, ...)            \
    __asm__(".pushsection .rodata\n"          \
            ".globl " #name "\n"              \
            ".hidden " #name "\n" #name ":\n" \
            ".irp path, " #__VA_ARGS__ "\n"   \
            ".incbin \"\\path\"\n"            \
            ".endr\n"                         \
            ".byte 0\n"                       \
            ".popsection\n");                 \
    extern const char name[] __attribute__((visibility("hidden")))


#endif /* NGX_BILLING_LUA_H */

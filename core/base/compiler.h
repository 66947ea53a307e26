/* compiler.h - every compiler extension that the project uses, and nothing else. */
#ifndef CORE_BASE_COMPILER_H
#define CORE_BASE_COMPILER_H

#define MUST_CHECK              __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#define NORETURN                __attribute__((noreturn))
#define USED                    __attribute__((used))
#define SECTION(name)           __attribute__((section(name)))
#define NAKED                   __attribute__((naked)) /* no prologue: assembly only */
#define NOINLINE                __attribute__((noinline))
#define FALLTHROUGH             __attribute__((fallthrough))
#define LIKELY(x)               __builtin_expect(!!(x), 1)
#define UNLIKELY(x)             __builtin_expect(!!(x), 0)

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* The struct of the given type whose named member p points to. */
#define CONTAINER_OF(p, type, member) ((type *)(void *)((char *)(p)-offsetof(type, member)))

#endif

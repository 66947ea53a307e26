/* config.h - asks for a Kconfig bool in an expression, so that code behind it is compiled in every configuration. */
#ifndef CORE_BASE_CONFIG_H
#define CORE_BASE_CONFIG_H

/* 1 if the symbol is y, else 0; as Zephyr's. autoconf.h, which the caller includes, defines a symbol that is y as 1 and
 * none that is n: IS_ENABLED_1 inserts an argument, any other name does not. */
#define IS_ENABLED(symbol)                IS_ENABLED_VALUE(symbol)
#define IS_ENABLED_VALUE(value)           IS_ENABLED_SECOND(IS_ENABLED_##value, 0, 0)
#define IS_ENABLED_SECOND(insert, ...)    IS_ENABLED_PICK(insert, __VA_ARGS__)
#define IS_ENABLED_PICK(first, pick, ...) pick
#define IS_ENABLED_1                      0, 1

#endif

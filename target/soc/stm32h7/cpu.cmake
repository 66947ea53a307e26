# cpu.cmake - the core of the family, for the compiler: no program here uses its floating point.
set(soc_cpu_flags "-mcpu=cortex-m7 -mthumb -mfloat-abi=soft")

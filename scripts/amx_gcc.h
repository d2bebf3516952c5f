/* Included before everything when llama.cpp is built (scripts/setup). GCC 12's _tile_loadconfig tells the compiler of 8 of
   the 64 bytes it reads, so the stores that fill in the rest are dropped as dead, and the first AMX instruction after it is
   illegal. The same with the right operands; nothing changes where the processor has no AMX. */
#if defined(__AMX_TILE__)
#include <immintrin.h>
#undef _tile_loadconfig
#undef _tile_storeconfig
#define _tile_loadconfig(config) __asm__ volatile("ldtilecfg\t%X0" ::"m"(*(const char(*)[64])(config)))
#define _tile_storeconfig(config) __asm__ volatile("sttilecfg\t%X0" : "=m"(*(char(*)[64])(config)))
#endif

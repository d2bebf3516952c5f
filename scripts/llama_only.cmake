# Read by CMake as llama.cpp's project begins (scripts/setup). llama-cpp-python asks for llama.cpp's "common" library, its
# chat templates and HTTP server's parts, and uses none of it: a third of the compiling.
set(LLAMA_BUILD_COMMON OFF)

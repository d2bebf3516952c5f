# Read by CMake as llama.cpp's project begins (scripts/llama_wheel). llama-cpp-python asks for llama.cpp's "common" library, its
# chat templates and HTTP server's parts, and uses none of it: a third of the compiling.
set(LLAMA_BUILD_COMMON OFF)

# A portable wheel runs where no compiler ever was, so GCC's OpenMP comes along, and is looked for there first.
if (GGML_CPU_ALL_VARIANTS AND CMAKE_C_COMPILER_ID STREQUAL "GNU" AND NOT WIN32)
    execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=libgomp.so.1 OUTPUT_VARIABLE gomp OUTPUT_STRIP_TRAILING_WHITESPACE)
    file(REAL_PATH "${gomp}" gomp)
    install(FILES "${gomp}" DESTINATION llama_cpp/lib RENAME libgomp.so.1)
    set(CMAKE_INSTALL_RPATH "$ORIGIN")
endif()

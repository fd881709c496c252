# A toolchain file for CMake: the Zig compiler (Clang with the C libraries of every system) in ZIG, for the target in ZIG_TARGET. For CMake
# every target is a Linux, as it need not know more than how to compile and link: what is needed for another system, Zig knows.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_CXX_COMPILER $ENV{ZIG})
set(CMAKE_CXX_COMPILER_ARG1 "c++ -target $ENV{ZIG_TARGET}")
# Nothing is linked to find out what the compiler is and whether it works: for a program, Zig would compile all of the target's C library first.
set(CMAKE_CXX_COMPILER_ID_RUN TRUE)
set(CMAKE_CXX_COMPILER_ID Clang)
set(CMAKE_CXX_COMPILER_VERSION 16.0.6)
set(CMAKE_CXX_COMPILER_FRONTEND_VARIANT GNU)
set(CMAKE_CXX_STANDARD_COMPUTED_DEFAULT 17)
set(CMAKE_CXX_EXTENSIONS_COMPUTED_DEFAULT ON)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_CXX_COMPILER_WORKS TRUE)
set(THREADS_PREFER_PTHREAD_FLAG OFF)
set(CMAKE_HAVE_LIBC_PTHREAD TRUE)
# Zig takes no -march for arm64.
set(CHAINRULE_FLAGS_neon_bf16 -mcpu=generic+v8_2a+bf16)
# Zig's default is debugging information, which is stripped when linking and takes nearly half the time of compiling the kernels.
set(CMAKE_CXX_FLAGS_INIT -g0)
if("$ENV{ZIG_TARGET}" MATCHES "^x86_64")
  # The plain kernels are for CPUs without SIMD: 28 % smaller, so that all kernels together stay within the limit of targets.js. Not for
  # arm64, whose binaries are small, and where Clang makes 0 > z ? 0 : z the sign of zero of its own.
  set(CHAINRULE_FLAGS_scalar -Os)
endif()

# How every target of ours is compiled. Dependencies come in as SYSTEM and are not held to it.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# What is installed reads strangers' bytes: checked library calls, and nothing that is both writable and executable or
# at a known address. Boost, compiled by us, gets the same. Other builds get the checks of the standard library only.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
include(CheckPIESupported)
check_pie_supported()
include(CheckCXXCompilerFlag)
check_cxx_compiler_flag(-fcf-protection=full SHOPBELL_HAS_CF_PROTECTION)  # x86 only
add_compile_definitions(_GLIBCXX_ASSERTIONS)
add_compile_options("$<$<CONFIG:Release>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2;-fstack-protector-strong;-fstack-clash-protection>")
if(SHOPBELL_HAS_CF_PROTECTION)
  add_compile_options($<$<CONFIG:Release>:-fcf-protection=full>)
  # Debian's C start files do not say that they are fit for a shadow stack, and the linker would then not say it of the
  # whole; they are. For indirect branch tracking they are not (no endbr64), so that is not claimed.
  add_link_options($<$<CONFIG:Release>:LINKER:-z,shstk>)
endif()
add_link_options("$<$<CONFIG:Release>:LINKER:-z,relro,-z,now,-z,noexecstack>")

# Several files of a folder compiled as one: their headers are read once. Every build that is made as a whole has it;
# the debug preset, for the edit-build-test round, does not, and so keeps each file's includes honest.
option(SHOPBELL_UNITY "Compile the files of a folder together" OFF)

set(SHOPBELL_SANITIZE "" CACHE STRING "empty, 'address' (with undefined behaviour) or 'thread'")
set_property(CACHE SHOPBELL_SANITIZE PROPERTY STRINGS "" address thread)
option(SHOPBELL_FUZZ "Build the fuzzers with libFuzzer; takes clang" OFF)
set(SHOPBELL_FUZZ_SECONDS 10 CACHE STRING "How long each fuzzer runs as a test")

add_library(shopbell_options INTERFACE)
target_include_directories(shopbell_options INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_compile_definitions(shopbell_options INTERFACE SHOPBELL_VERSION="${PROJECT_VERSION}")
target_compile_options(shopbell_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Woverloaded-virtual -Werror
  -fstack-protector-strong -fno-omit-frame-pointer
  # g++ 12 at -O1 and -O2 takes the allocator of Asio's coroutine frames for a mismatch.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>
  # And, optimising, the alternatives that a moved std::variant does not hold for uninitialised.
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-maybe-uninitialized>
  # A file that is included into a unity file is not the "main" file that g++ wants a class with such members in.
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:${SHOPBELL_UNITY}>>:-Wno-subobject-linkage>
  # Nor is a name of another file, included above it, one that a local name hides from its reader.
  $<$<BOOL:${SHOPBELL_UNITY}>:-Wno-shadow>
  # clang holds us to what std::stable_sort of libstdc++ 12 does inside.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)

if(SHOPBELL_SANITIZE STREQUAL "address")
  set(sanitizer_flags -fsanitize=address,undefined -fno-sanitize-recover=all)
elseif(SHOPBELL_SANITIZE STREQUAL "thread")
  # Asio's fenced block is a bare atomic_thread_fence, which ThreadSanitizer does not model.
  set(sanitizer_flags -fsanitize=thread -Wno-tsan)
  add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
elseif(NOT SHOPBELL_SANITIZE STREQUAL "")
  message(FATAL_ERROR "SHOPBELL_SANITIZE is '${SHOPBELL_SANITIZE}'; it takes 'address', 'thread' or nothing")
endif()
if(SHOPBELL_FUZZ)
  # Coverage feedback in what is fuzzed; libFuzzer's main only where tests/fuzz asks for it.
  set(SHOPBELL_FUZZ_FEEDBACK -fsanitize=fuzzer-no-link)
endif()
if(sanitizer_flags)
  add_compile_options(${sanitizer_flags})
  # g++ 12 with a sanitizer takes std::regex's own functions for uninitialised.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  add_link_options(${sanitizer_flags})
endif()

# How tests are compiled. What they test is optimised and checked in full; the long text of a test itself, which is most of
# what there is to compile and runs once, is not optimised and checked only for how it handles memory and threads.
add_library(shopbell_test_options INTERFACE)
target_link_libraries(shopbell_test_options INTERFACE shopbell_options)
target_compile_options(shopbell_test_options INTERFACE -O0 -U_FORTIFY_SOURCE)  # which takes an optimiser
if(sanitizer_flags)
  target_compile_options(shopbell_test_options INTERFACE -fno-sanitize=undefined)
  target_compile_definitions(shopbell_test_options INTERFACE SHOPBELL_SANITIZED)  # for bounds on memory
endif()

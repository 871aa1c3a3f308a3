# Everything comes from Debian's packages (scripts/packages/); nothing is downloaded or vendored.
set(Boost_NO_WARN_NEW_VERSIONS ON)
find_package(Boost 1.81 REQUIRED COMPONENTS url)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(simdjson REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(libutf8proc REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(libsystemd REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(libnats IMPORTED_TARGET libnats)  # without it there is no nats sink
pkg_check_modules(libpq IMPORTED_TARGET libpq)  # without it there is no postgres sink, and no other inbox than in SQLite
find_package(prometheus-cpp CONFIG REQUIRED)  # of its libraries only core: our own listener serves what it writes
find_package(Threads REQUIRED)

# toml++ as headers, compiled in one file of src/config: the packaged library is built to throw.
add_library(shopbell_toml INTERFACE)
target_include_directories(shopbell_toml SYSTEM INTERFACE
  $<TARGET_PROPERTY:tomlplusplus::tomlplusplus,INTERFACE_INCLUDE_DIRECTORIES>)

# Mustache: one header without a CMake package.
find_path(SHOPBELL_MUSTACHE_INCLUDE_DIR kainjow/mustache.hpp REQUIRED)
add_library(shopbell_mustache INTERFACE)
target_include_directories(shopbell_mustache SYSTEM INTERFACE ${SHOPBELL_MUSTACHE_INCLUDE_DIR})

# Asio and Beast are compiled once, here, instead of in every file that uses them.
add_library(shopbell_boost STATIC ${PROJECT_SOURCE_DIR}/cmake/boost_asio.cpp ${PROJECT_SOURCE_DIR}/cmake/boost_beast.cpp)
target_compile_definitions(shopbell_boost PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(shopbell_boost PUBLIC Boost::url OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
target_compile_features(shopbell_boost PUBLIC cxx_std_20)

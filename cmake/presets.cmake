# cmake -DOUTPUT=… -P presets.cmake FILE...: writes the files of presets/ into one C++ file.
# Raw strings are cut into pieces: a compiler need not take one longer than 65,536 characters.
cmake_minimum_required(VERSION 3.25)
set(piece 12000)

set(files)
set(is_file FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(index RANGE ${last})
  if(is_file)
    list(APPEND files ${CMAKE_ARGV${index}})
  elseif(CMAKE_ARGV${index} MATCHES "presets\\.cmake$")
    set(is_file TRUE)
  endif()
endforeach()
list(SORT files)

set(entries)
set(count 0)
foreach(file IN LISTS files)
  cmake_path(GET file STEM name)
  # In hexadecimal, since CMake's own text knows no brackets and semicolons of others.
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "(..)" "\\\\x\\1" escaped "${bytes}")
  set(literals)
  string(LENGTH "${escaped}" length)
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${escaped}" ${at} ${piece} part)
    string(APPEND literals "\n        \"${part}\"")
    math(EXPR at "${at} + ${piece}")
  endwhile()
  math(EXPR size "${length} / 4")
  string(APPEND entries "    compiled_preset{\"${name}\", std::string_view(${literals},\n        ${size})},\n")
  math(EXPR count "${count} + 1")
endforeach()

file(WRITE ${OUTPUT} "#include \"compiled_presets.hpp\"

#include <array>

namespace shopbell::stores {

namespace {

constexpr std::array<compiled_preset, ${count}> all = {
${entries}};

}  // namespace

std::span<const compiled_preset> compiled_presets() noexcept {
    return all;
}

}  // namespace shopbell::stores
")

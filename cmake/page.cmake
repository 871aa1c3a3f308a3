# The inspector's page, embedded. Every file below src/admin/page is one of it and stands under /page/HASH/ by its path; the
# scripts together as app.js.
# index.html stands at / and has the hash, of all the files, in place of @SHOPBELL_PAGE_HASH@.
find_program(SHOPBELL_GZIP gzip REQUIRED)
set(page_budget 55296)  # bytes of all files, packed: beyond that the build fails

set(page_type_html "text/html; charset=utf-8")
set(page_type_css "text/css; charset=utf-8")
set(page_type_js "text/javascript; charset=utf-8")
set(page_type_svg "image/svg+xml")

# shopbell_squeeze(FROM TO): a script or style sheet without comments, indentation and the spaces that neither a sentence
# of the page nor a text with values in it can hold.
function(shopbell_squeeze from to)
  file(READ ${from} text)
  string(REGEX REPLACE "\n[ \t]+" "\n" text "\n${text}")
  string(REGEX REPLACE "\n?[ ]*/\\*([^*]|\\*+[^*/])*\\*+/" "" text "${text}")
  string(REGEX REPLACE "\n//[^\n]*" "" text "${text}")
  string(REGEX REPLACE "\n\n+" "\n" text "${text}")
  string(REGEX REPLACE "^\n" "" text "${text}")
  set(marks " => " "=>" " === " "===" " !== " "!==" " && " "&&" " || " "||" " ?? " "??" ") {" "){" "{ " "{" " }" "}")
  if(from MATCHES "css$")
    set(marks "{ " "{" " {" "{" ": " ":" ", " ",")
  endif()
  while(marks)
    list(POP_FRONT marks wide narrow)
    string(REPLACE "${wide}" "${narrow}" text "${text}")
  endwhile()
  file(CONFIGURE OUTPUT ${to} CONTENT "@text@" @ONLY)
endfunction()

# shopbell_join_scripts(WORK PATHS): the scripts PATHS below WORK, squeezed, become one, app.js: each a function of its own
# that gives what it exports, behind those that it imports. A browser then asks once, and the whole packs better than its
# parts.
function(shopbell_join_scripts work paths)
  set(joined "const modules={};\n")
  set(done)
  while(paths)
    set(later)
    foreach(path IN LISTS paths)
      file(READ ${work}/${path} text)
      set(is_ready TRUE)
      string(REGEX MATCHALL " from '[^']+'" sources "${text}")
      foreach(source IN LISTS sources)
        string(REGEX REPLACE "^ from '(.*)'$" "\\1" source "${source}")
        cmake_path(GET path PARENT_PATH wanted)
        cmake_path(APPEND wanted ${source})
        cmake_path(NORMAL_PATH wanted)
        if(NOT wanted IN_LIST done)
          set(is_ready FALSE)
        endif()
        string(REPLACE " from '${source}'" "=modules['${wanted}']" text "${text}")
      endforeach()
      if(NOT is_ready)
        list(APPEND later ${path})
        continue()
      endif()
      string(REPLACE "import * as " "const " text "${text}")
      string(REPLACE "\nimport {" "\nconst {" text "\n${text}")
      set(before)
      while(NOT before STREQUAL text)  # "words as w" of what was an import
        set(before "${text}")
        string(REGEX REPLACE "(\nconst {[^}\n]*) as ([^}\n]*}=modules)" "\\1:\\2" text "${text}")
      endwhile()
      string(REGEX REPLACE "import\\('\\./([^']+)'\\)" "Promise.resolve(modules['\\1'])" text "${text}")
      string(REGEX MATCHALL "\nexport (async function|function|class|const) [A-Za-z]+" names "${text}")
      list(TRANSFORM names REPLACE "^.* " "")
      list(JOIN names "," names)
      string(REGEX REPLACE "\nexport " "\n" text "${text}")
      string(APPEND joined "modules['${path}']=(()=>{${text}\nreturn{${names}};})();\n")
      list(APPEND done ${path})
    endforeach()
    if(later STREQUAL paths)
      message(FATAL_ERROR "src/admin/page: these import one another in a circle: ${paths}")
    endif()
    set(paths ${later})
  endwhile()
  file(CONFIGURE OUTPUT ${work}/app.js CONTENT "@joined@" @ONLY)
endfunction()

# shopbell_embed_page(TARGET FOLDER): links the files, plain and packed, into the target and defines page_hash() and
# page_files() of src/admin/page_files.hpp. What changes in the folder configures anew.
function(shopbell_embed_page target folder)
  set(work ${CMAKE_CURRENT_BINARY_DIR}/page)
  file(GLOB_RECURSE paths CONFIGURE_DEPENDS RELATIVE ${folder} ${folder}/*)
  list(REMOVE_ITEM paths package.json)  # tells Node.js, for the tests, what a browser is told by index.html
  list(SORT paths)

  set(digests)
  foreach(path IN LISTS paths)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${folder}/${path})
    file(SHA256 ${folder}/${path} digest)
    string(APPEND digests "${path} ${digest}\n")
  endforeach()
  string(SHA256 SHOPBELL_PAGE_HASH "${digests}")
  string(SUBSTRING ${SHOPBELL_PAGE_HASH} 0 12 SHOPBELL_PAGE_HASH)

  set(scripts ${paths})
  list(FILTER scripts INCLUDE REGEX "\\.js$")
  list(FILTER paths EXCLUDE REGEX "\\.js$")
  foreach(path IN LISTS scripts)
    shopbell_squeeze(${folder}/${path} ${work}/squeezed/${path})
  endforeach()
  shopbell_join_scripts(${work}/squeezed "${scripts}")
  list(APPEND paths app.js)

  set(number 0)
  set(packed_size 0)
  set(embedded)
  set(assembly ".section .rodata\n")
  set(symbols)
  set(rows)
  foreach(path IN LISTS paths)
    cmake_path(GET path EXTENSION LAST_ONLY ending)
    string(REPLACE "." "" ending "${ending}")
    if(NOT DEFINED page_type_${ending})
      message(FATAL_ERROR "src/admin/page/${path}: cmake/page.cmake names no content type for this kind of file")
    endif()
    set(type "${page_type_${ending}}")

    set(plain ${folder}/${path})
    if(path STREQUAL "index.html")
      set(plain ${work}/index.html)
      configure_file(${folder}/index.html ${plain} @ONLY)
    endif()
    if(ending STREQUAL "js")
      set(plain ${work}/squeezed/${path})
    elseif(ending STREQUAL "css")
      set(plain ${work}/${path})
      shopbell_squeeze(${folder}/${path} ${plain})
    endif()
    set(packed ${work}/${path}.gz)
    cmake_path(GET packed PARENT_PATH packed_folder)
    file(MAKE_DIRECTORY ${packed_folder})
    execute_process(COMMAND ${SHOPBELL_GZIP} -9nc INPUT_FILE ${plain} OUTPUT_FILE ${packed}.new COMMAND_ERROR_IS_FATAL ANY)
    file(COPY_FILE ${packed}.new ${packed} ONLY_IF_DIFFERENT)
    file(SIZE ${packed} size)
    math(EXPR packed_size "${packed_size} + ${size}")

    set(symbol shopbell_page_${number})
    foreach(form plain packed)
      string(APPEND assembly "${symbol}_${form}: .incbin \"${${form}}\"\n${symbol}_${form}_end: .byte 0\n"
        ".global ${symbol}_${form}, ${symbol}_${form}_end\n")
      string(APPEND symbols "extern const char ${symbol}_${form}[], ${symbol}_${form}_end[];\n")
      list(APPEND embedded ${${form}})
    endforeach()
    string(APPEND rows "    {\"${path}\", \"${type}\", between(${symbol}_plain, ${symbol}_plain_end),\n"
      "     between(${symbol}_packed, ${symbol}_packed_end)},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  if(packed_size GREATER page_budget)
    message(FATAL_ERROR "src/admin/page: ${packed_size} bytes packed are more than the ${page_budget} that the page may take")
  endif()
  message(STATUS "The inspector: ${number} files, ${packed_size} bytes packed, ${SHOPBELL_PAGE_HASH}")

  string(APPEND assembly ".section .note.GNU-stack,\"\",%progbits\n")
  file(CONFIGURE OUTPUT ${work}/page_bytes.S CONTENT "@assembly@" @ONLY)
  file(CONFIGURE OUTPUT ${work}/page_files.cpp @ONLY CONTENT [[
#include "page_files.hpp"

#include <array>

extern "C" {
@symbols@}

namespace shopbell {

namespace {

std::string_view between(const char* begin, const char* end) noexcept {
    return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

std::string_view page_hash() noexcept {
    return "@SHOPBELL_PAGE_HASH@";
}

std::span<const page_file> page_files() {
    static const std::array<page_file, @number@> all = {{
@rows@    }};
    return all;
}

}  // namespace shopbell
]])
  set_source_files_properties(${work}/page_bytes.S PROPERTIES OBJECT_DEPENDS "${embedded}")
  set_source_files_properties(${work}/page_files.cpp PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  add_library(shopbell_page_bytes OBJECT ${work}/page_bytes.S)  # without the options for C++
  target_sources(${target} PRIVATE ${work}/page_files.cpp $<TARGET_OBJECTS:shopbell_page_bytes>)
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/admin)
endfunction()

# The inspector's page, embedded. Every file below src/admin/page is one of it and stands under /page/HASH/ by its path; the
# scripts together as app.js, the style sheets together as page.css.
# index.html stands at / and has the hash, of all the files, in place of @SHOPBELL_PAGE_HASH@.
find_program(SHOPBELL_GZIP gzip REQUIRED)
set(page_budget 46080)  # bytes of all files, packed: beyond that the build fails

set(page_type_html "text/html; charset=utf-8")
set(page_type_css "text/css; charset=utf-8")
set(page_type_js "text/javascript; charset=utf-8")
set(page_type_svg "image/svg+xml")

# shopbell_squeeze_style(TEXT VARIABLE): a style sheet without comments and without the spaces that part nothing.
function(shopbell_squeeze_style text variable)
  string(REGEX REPLACE "/\\*([^*]|\\*+[^*/])*\\*+/" "" text "${text}")
  string(REGEX REPLACE "[ \n]*([{};,>])[ \n]*" "\\1" text "${text}")
  string(REGEX REPLACE "(:|!) " "\\1" text "${text}")
  string(REGEX REPLACE "([ :,(-])0\\.([0-9])" "\\1.\\2" text "${text}")
  string(REPLACE " !" "!" text "${text}")
  string(REPLACE ";}" "}" text "${text}")

  # A property that is set once, and to the same in each look, stands where it is used; the others get short names.
  string(REGEX MATCHALL "--[a-z0-9-]+:[^;}]+" properties "${text}")
  set(number 9)
  foreach(property IN LISTS properties)
    string(REGEX REPLACE ":.*" "" name "${property}")
    string(REGEX REPLACE "^[^:]*:" "" value "${property}")
    set(same ${properties})
    list(FILTER same INCLUDE REGEX "^${name}:")
    list(LENGTH same count)
    string(FIND "${text}" "var(${name})" use)
    if(use EQUAL -1 OR (count EQUAL 1 AND NOT value MATCHES "light-dark"))
      string(REPLACE "${property};" "" text "${text}")
      string(REPLACE "${property}}" "}" text "${text}")
      string(REPLACE "var(${name})" "${value}" text "${text}")
    else()
      math(EXPR number "${number} + 1")
      string(REPLACE "var(${name})" "var(--${number})" text "${text}")
      string(REGEX REPLACE "([{;])${name}:" "\\1--${number}:" text "${text}")
    endif()
  endforeach()
  string(REGEX REPLACE "[^{}]+{}" "" text "${text}")  # a rule that has become empty, then a query around it
  string(REGEX REPLACE "[^{}]+{}" "" text "${text}")
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()

# shopbell_squeeze_script(TEXT VARIABLE): a script without comments and without the spaces that part nothing. Strings,
# templates and regular expressions stay as they are. Statements have to end with a semicolon.
function(shopbell_squeeze_script text variable)
  string(ASCII 1 bound)  # around a regular expression
  string(ASCII 2 semicolon)  # in place of what would take a list apart
  string(ASCII 3 opens)
  string(ASCII 4 closes)
  string(REGEX REPLACE "([(,=:!&|?] ?)(/([^]/\\\n[*]|\\\\.|\\[([^]\\\n]|\\\\.)+\\])([^]/\\\n[]|\\\\.|\\[([^]\\\n]|\\\\.)+\\])*/[a-z]*)"
    "\\1${bound}\\2${bound}" text "${text}")
  string(REPLACE ";" "${semicolon}" text "${text}")
  string(REPLACE "[" "${opens}" text "${text}")
  string(REPLACE "]" "${closes}" text "${text}")
  set(single "'([^'\\\n]|\\\\.)*'")
  set(double "\"([^\"\\\n]|\\\\.)*\"")
  set(template "`([^`\\]|\\\\.)*`")
  set(expression "${bound}[^${bound}]*${bound}")
  set(comment "//[^\n]*|/\\*([^*]|\\*+[^*/])*\\*+/")
  string(REGEX MATCHALL "${expression}|${single}|${double}|${template}|${comment}|/|[^/'\"`${bound}]+" pieces "${text}")
  list(JOIN pieces "" joined)
  if(NOT joined STREQUAL text)
    message(FATAL_ERROR "src/admin/page: a quotation mark of a script stands alone")
  endif()

  set(squeezed)
  foreach(piece IN LISTS pieces)
    if(piece MATCHES "^/[/*]")
      continue()
    elseif(piece MATCHES "^`")
      string(REGEX REPLACE "\\\${[^{}]*}" "" rest "${piece}")
      if(rest MATCHES "\\\${")
        message(FATAL_ERROR "src/admin/page: a template within a template, or braces in one: ${piece}")
      endif()
    elseif(NOT piece MATCHES "^['\"${bound}]")
      string(REGEX REPLACE "[ \n]*([(){},:?=<>&|!*%.${semicolon}${opens}${closes}]+)[ \n]*" "\\1" piece "${piece}")
      string(REGEX REPLACE " ([-+]) " "\\1" piece "${piece}")
      string(REGEX REPLACE "[ \n]*\n[ \n]*" "\n" piece "${piece}")
      string(REPLACE "${semicolon}}" "}" piece "${piece}")
      string(REGEX REPLACE "(^|[^A-Za-z.])const( |{|${opens})" "\\1let\\2" piece "${piece}")
    endif()
    string(APPEND squeezed "${piece}")
  endforeach()
  string(REPLACE "${bound}" "" squeezed "${squeezed}")
  string(REPLACE "${semicolon}" ";" squeezed "${squeezed}")
  string(REPLACE "${opens}" "[" squeezed "${squeezed}")
  string(REPLACE "${closes}" "]" squeezed "${squeezed}")
  set(${variable} "${squeezed}" PARENT_SCOPE)
endfunction()

# shopbell_place_words(WORDS TEXT): puts each plain text of the list WORDS, which words.js is, where the scripts TEXT use it, and
# takes it from the list. What is asked for by a computed name stays there. Both are names of variables.
function(shopbell_place_words words_variable text_variable)
  string(ASCII 1 from)
  string(ASCII 2 to)
  string(ASCII 3 semicolon)
  string(ASCII 4 opens)
  string(ASCII 5 closes)
  string(REGEX REPLACE "(\\.\\.\\.|[^A-Za-z0-9_.$])w\\.([A-Za-z_.]+)" "\\1${from}\\2${to}" text "${${text_variable}}")
  string(REPLACE ";" "${semicolon}" words "${${words_variable}}")
  string(REPLACE "[" "${opens}" words "${words}")
  string(REPLACE "]" "${closes}" words "${words}")
  string(REGEX MATCHALL "[A-Za-z_]+: {|{|}|[A-Za-z_]+: '[^'\\]*',?|[A-Za-z_]+|[^A-Za-z_{}]+" pieces "${words}")
  set(words)
  set(path)
  foreach(piece IN LISTS pieces)
    if(piece MATCHES "^([A-Za-z_]*):? ?{$")
      list(APPEND path "${CMAKE_MATCH_1}")
    elseif(piece STREQUAL "}")
      list(POP_BACK path)
    elseif(piece MATCHES "^([A-Za-z_]+): ('.*'),?$" AND path)
      set(name ${CMAKE_MATCH_1})
      set(value "${CMAKE_MATCH_2}")
      list(JOIN path "." list)
      string(REGEX REPLACE "^\\." "" list "${list}")
      if(NOT text MATCHES "${from}${list}${to}|${from}${list}\\.${name}\\." AND text MATCHES "${from}${list}\\.${name}${to}")
        string(REPLACE "${from}${list}.${name}${to}" "${value}" text "${text}")
        continue()
      endif()
    endif()
    string(APPEND words "${piece}")
  endforeach()
  foreach(variable words text)
    string(REPLACE "${semicolon}" ";" ${variable} "${${variable}}")
    string(REPLACE "${opens}" "[" ${variable} "${${variable}}")
    string(REPLACE "${closes}" "]" ${variable} "${${variable}}")
  endforeach()
  string(REPLACE "${from}" "w." text "${text}")
  string(REPLACE "${to}" "" text "${text}")
  set(${words_variable} "${words}" PARENT_SCOPE)
  set(${text_variable} "${text}" PARENT_SCOPE)
endfunction()

# shopbell_join_scripts(FOLDER PATHS VARIABLE): the scripts PATHS below FOLDER as one, so that a browser asks once and the whole
# packs better than its parts. They share one scope, each behind those that it imports; what a view has is its own, and
# app.js, the last, finds it as views[NAME].
function(shopbell_join_scripts folder paths variable)
  string(ASCII 6 place_of_words)
  set(joined "const views = {};\n")
  set(done)
  set(names)
  list(REMOVE_ITEM paths app.js words.js format.js)
  list(INSERT paths 0 words.js format.js)  # what most others use packs best in front
  while(paths)
    set(later)
    foreach(path IN LISTS paths)
      file(READ ${folder}/${path} text)
      set(is_ready TRUE)
      string(REGEX MATCHALL "\nimport [^\n]* from '[^']+'" imports "\n${text}")
      foreach(source IN LISTS imports)
        string(REGEX REPLACE ".* from '(.*)'$" "\\1" source "${source}")
        cmake_path(GET path PARENT_PATH wanted)
        cmake_path(APPEND wanted ${source})
        cmake_path(NORMAL_PATH wanted)
        if(NOT wanted IN_LIST done)
          set(is_ready FALSE)
        endif()
      endforeach()
      if(NOT is_ready)
        list(APPEND later ${path})
        continue()
      endif()
      string(REGEX REPLACE "\nimport [^\n]* from '[^']+';" "" text "\n${text}")
      string(REGEX MATCHALL "\n(export )?(async function|function|class|const|let) [A-Za-z]+" own "${text}")
      string(REGEX MATCHALL "\nexport (async function|function|class|const) [A-Za-z]+" exported "${text}")
      list(TRANSFORM own REPLACE "^.* " "")
      list(TRANSFORM exported REPLACE "^.* " "")
      string(REPLACE "\nexport " "\n" text "${text}")
      cmake_path(GET path STEM view)
      if(path MATCHES "^views/")
        list(JOIN exported ", " exported)
        string(APPEND joined "views.${view} = (() => {${text}\nreturn { ${exported} };\n})();\n")
      else()
        foreach(name IN LISTS own)
          if(name IN_LIST names)
            message(FATAL_ERROR "src/admin/page/${path}: another script has a ${name}, and both stand in one")
          endif()
        endforeach()
        list(APPEND names ${own})
        if(path STREQUAL "words.js")
          set(words "${text}")
          set(text "${place_of_words}")
        endif()
        string(APPEND joined "${text}")
      endif()
      list(APPEND done ${path})
    endforeach()
    if(NOT later AND NOT "app.js" IN_LIST done)
      set(later app.js)
    endif()
    if(later STREQUAL paths)
      message(FATAL_ERROR "src/admin/page: these import one another in a circle: ${paths}")
    endif()
    set(paths ${later})
  endwhile()
  shopbell_place_words(words joined)
  string(REPLACE "${place_of_words}" "${words}" joined "${joined}")
  string(REPLACE "import(`./views/\${name}.js`)" "views[name]" joined "${joined}")
  set(${variable} "${joined}" PARENT_SCOPE)
endfunction()

# shopbell_write_page(FOLDER WORK PATHS VARIABLE): the files PATHS below FOLDER as a browser gets them, below WORK: one script,
# one style sheet, and the others. VARIABLE: their paths.
function(shopbell_write_page folder work paths variable)
  set(scripts ${paths})
  list(FILTER scripts INCLUDE REGEX "\\.js$")
  shopbell_join_scripts(${folder} "${scripts}" script)
  shopbell_squeeze_script("${script}" script)
  file(CONFIGURE OUTPUT ${work}/app.js CONTENT "@script@" @ONLY)

  file(READ ${folder}/page.css style)
  file(READ ${folder}/tokens.css tokens)
  string(REPLACE "@import url(\"tokens.css\");" "${tokens}" style "${style}")
  shopbell_squeeze_style("${style}" style)
  file(CONFIGURE OUTPUT ${work}/page.css CONTENT "@style@" @ONLY)

  list(FILTER paths EXCLUDE REGEX "\\.(js|css)$")
  foreach(path IN LISTS paths)
    configure_file(${folder}/${path} ${work}/${path} @ONLY)
  endforeach()
  set(${variable} ${paths} app.js page.css PARENT_SCOPE)
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

  shopbell_write_page(${folder} ${work} "${paths}" paths)

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

    set(plain ${work}/${path})
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

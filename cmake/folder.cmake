# shopbell_folder(NAME [RARE] USES lower folders ... LINKS libraries ...)
# One static library per folder of src/; that of a folder in a folder is shopbell_OUTER_INNER. USES names every folder
# whose headers it may include; tests/checks/layers.cmake checks that nothing else is included. RARE: its code runs when
# a person asks for something, not for each event, so that what it costs to compile counts for more than what it costs
# to run.
function(shopbell_folder name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "RARE" "" "USES;LINKS")
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  string(REPLACE / _ target shopbell_${name})
  add_library(${target} STATIC ${sources})
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${SHOPBELL_UNITY} UNITY_BUILD_BATCH_SIZE 12)
  if(arg_RARE)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-Os>)
  endif()
  list(TRANSFORM arg_USES PREPEND shopbell_)
  list(TRANSFORM arg_USES REPLACE / _)
  foreach(used ${arg_USES})  # a folder whose library is missing is not there
    if(NOT TARGET ${used})
      list(REMOVE_ITEM arg_USES ${used})
    endif()
  endforeach()
  target_link_libraries(${target} PUBLIC ${arg_USES} PRIVATE shopbell_options)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(${target} PUBLIC ${arg_LINKS})
endfunction()

# shopbell_unit_tests(NAME LABEL label LINKS libraries ...): one test program per folder of tests/unit/, mirroring src/.
# LINKS names what the tests use beyond their folder. Tests whose names fit TOGETHER share a server that takes long to
# start: they run in one program, the others each in their own.
function(shopbell_unit_tests name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;TOGETHER" "LINKS")
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/${name}/*.cpp)
  string(REPLACE / _ name ${name})
  add_executable(unit_${name} ${sources})
  set_target_properties(unit_${name} PROPERTIES UNITY_BUILD ${SHOPBELL_UNITY} UNITY_BUILD_BATCH_SIZE 8)
  target_link_libraries(unit_${name} PRIVATE shopbell_${name} ${arg_LINKS} shopbell_test_support shopbell_test_options GTest::gtest_main)
  if(SHOPBELL_SANITIZE)  # whose programs take long to start: one start for many tests, and large folders in parts
    list(LENGTH sources parts)
    math(EXPR parts "(${parts} + 4) / 5")
    foreach(part RANGE 1 ${parts})
      math(EXPR index "${part} - 1")
      add_test(NAME ${name}.${part} COMMAND unit_${name} --gtest_brief)
      set_tests_properties(${name}.${part} PROPERTIES TIMEOUT 300 LABELS ${arg_LABEL}
        ENVIRONMENT "GTEST_TOTAL_SHARDS=${parts};GTEST_SHARD_INDEX=${index}")
    endforeach()
  else()
    if(arg_TOGETHER)
      foreach(part 1 2 3)  # few at a time, and these before the many short ones
        math(EXPR index "${part} - 1")
        add_test(NAME ${name}.together.${part} COMMAND unit_${name} --gtest_brief --gtest_filter=${arg_TOGETHER})
        set_tests_properties(${name}.together.${part} PROPERTIES TIMEOUT 300 COST 100 LABELS ${arg_LABEL}
          ENVIRONMENT "GTEST_TOTAL_SHARDS=3;GTEST_SHARD_INDEX=${index}")
      endforeach()
      set(apart TEST_FILTER "-${arg_TOGETHER}")
    endif()
    gtest_discover_tests(unit_${name} TEST_PREFIX "${name}." ${apart} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 120 LABELS ${arg_LABEL})
  endif()
endfunction()

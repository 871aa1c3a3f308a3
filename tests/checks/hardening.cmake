# cmake -D SHOPBELL=… -P hardening.cmake: the release binary was built the way cmake/options.cmake means it.
cmake_minimum_required(VERSION 3.25)
execute_process(COMMAND readelf --wide --file-header --program-headers --dynamic --dyn-syms --notes ${SHOPBELL}
  OUTPUT_VARIABLE elf COMMAND_ERROR_IS_FATAL ANY)

set(faults)
function(expect what pattern)
  if(NOT elf MATCHES "${pattern}")
    set(faults "${faults}\n  ${what}" PARENT_SCOPE)
  endif()
endfunction()
function(expect_no what pattern)
  if(elf MATCHES "${pattern}")
    set(faults "${faults}\n  ${what}: ${CMAKE_MATCH_0}" PARENT_SCOPE)
  endif()
endfunction()

expect("it is not position independent" "Type: +DYN")
expect("its relocations stay writable (no RELRO)" "GNU_RELRO")
expect("its functions are bound late (no BIND_NOW)" "\\(FLAGS\\) +BIND_NOW")
expect("its functions are bound late (no NOW)" "FLAGS_1.* NOW")
expect("its stack is executable" "GNU_STACK[^\n]* RW  ")
expect_no("a part of it is writable and executable" "LOAD[^\n]* RWE")
expect_no("its code is relocated in place" "TEXTREL")
expect_no("it looks for libraries where the build did" "\\((RPATH|RUNPATH)\\)[^\n]*")
expect("its stack is not guarded" "__stack_chk_fail")
expect("its library calls are not checked (_FORTIFY_SOURCE)" "__memcpy_chk|__read_chk|__snprintf_chk|__vsnprintf_chk")

if(elf MATCHES "Machine: +Advanced Micro Devices X86-64")
  expect("it does not say that it is fit for a shadow stack (CET)" "x86 feature: [^\n]*SHSTK")
  execute_process(COMMAND objdump --disassemble=main --no-show-raw-insn ${SHOPBELL}
    OUTPUT_VARIABLE elf COMMAND_ERROR_IS_FATAL ANY)
  expect("its functions do not begin with endbr64 (CET)" "<main>:\n[^\n]*endbr64")
endif()

execute_process(COMMAND find ${SHOPBELL} -perm /7000 OUTPUT_VARIABLE elf COMMAND_ERROR_IS_FATAL ANY)
expect_no("it runs as its owner, not as its caller" ".+")

if(faults)
  message(FATAL_ERROR "${SHOPBELL}:${faults}")
endif()

# cmake -D SHOPBELL=… -P hardening.cmake: the release binary was built the way cmake/options.cmake means it.
cmake_minimum_required(VERSION 3.25)
execute_process(COMMAND readelf --wide --file-header --program-headers --dynamic --dyn-syms ${SHOPBELL}
  OUTPUT_VARIABLE elf COMMAND_ERROR_IS_FATAL ANY)

set(faults)
function(expect what pattern)
  if(NOT elf MATCHES "${pattern}")
    set(faults "${faults}\n  ${what}" PARENT_SCOPE)
  endif()
endfunction()

expect("it is not position independent" "Type: +DYN")
expect("its relocations stay writable (no RELRO)" "GNU_RELRO")
expect("its functions are bound late (no BIND_NOW)" "FLAGS_1.* NOW")
expect("its stack is executable" "GNU_STACK[^\n]* RW  ")
expect("its stack is not guarded" "__stack_chk_fail")
expect("its library calls are not checked (_FORTIFY_SOURCE)" "__memcpy_chk|__read_chk|__snprintf_chk|__vsnprintf_chk")
if(faults)
  message(FATAL_ERROR "${SHOPBELL}:${faults}")
endif()

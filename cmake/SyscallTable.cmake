# cmake -DCOMPILER=… -DHEADER=asm/unistd_64.h -DOUTPUT=… -P SyscallTable.cmake
# Writes one "{number, "name"}," line for each system call that a kernel header defines; with no
# header, the one line that all tables of 32-bit calls share.
if(NOT HEADER)
  file(WRITE ${OUTPUT} "{0, \"restart_syscall\"},\n")
  return()
endif()

set(probe ${OUTPUT}.c)
function(preprocess result)
  execute_process(COMMAND ${COMPILER} -E -P ${ARGN} ${probe} OUTPUT_VARIABLE text RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "cannot read <${HEADER}>")
  endif()
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

file(WRITE ${probe} "#include <${HEADER}>\n")
preprocess(macros -dM)
string(REGEX MATCHALL "#define __NR_[a-z0-9_]+ " names "${macros}")
string(REGEX REPLACE "#define __NR_([a-z0-9_]+) " "\\1" names "${names}")
# Bounds of the table, not calls.
list(REMOVE_ITEM names syscalls arch_specific_syscall)

# Some numbers are defined by way of another macro (asm-generic/unistd.h, __NR3264_*).
foreach(name IN LISTS names)
  file(APPEND ${probe} "{__NR_${name}, \"${name}\"},\n")
endforeach()
preprocess(text)
string(REGEX MATCHALL "{[0-9]+, \"[a-z0-9_]+\"}," rows "${text}")
list(JOIN rows "\n" table)
file(WRITE ${OUTPUT} "${table}\n")

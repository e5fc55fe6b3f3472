# The vptr sanitizer opens a pipe to look at memory: it reports nonsense when a test leaves a
# server without descriptors. After -fsanitize, so a library that is linked after msgstat_options.
add_library(msgstat_model_options INTERFACE)
if(MSGSTAT_SANITIZE)
  target_compile_options(msgstat_model_options INTERFACE -fno-sanitize=vptr)
endif()

# msgstat_model(NAME SOURCE [LIBRARY ...]): a server that is one source file.
function(msgstat_model name source)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE msgstat_options msgstat_model_options ${ARGN})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/${MSGSTAT_MODELS_DIR})
  install(TARGETS ${name} RUNTIME DESTINATION ${MSGSTAT_MODELS_DIR})
endfunction()

# msgstat_compiled_model(NAME SOURCE FILE OUTPUT FILE COMMAND WORD ... [PRODUCT FILE]): a server that
# the compiler of another language makes of one source file. OUTPUT is below the models' directory;
# a command that leaves what it makes elsewhere says where by PRODUCT. There is none for a build
# with sanitizers, which other languages know nothing of.
function(msgstat_compiled_model name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SOURCE;OUTPUT;PRODUCT" "COMMAND")
  if(MSGSTAT_SANITIZE)
    return()
  endif()
  set(output ${PROJECT_BINARY_DIR}/${MSGSTAT_MODELS_DIR}/${arg_OUTPUT})
  get_filename_component(folder ${output} DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  set(copy)
  if(arg_PRODUCT)
    set(copy COMMAND ${CMAKE_COMMAND} -E copy ${arg_PRODUCT} ${output})
  endif()
  add_custom_command(OUTPUT ${output} COMMAND ${arg_COMMAND} ${copy}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${arg_SOURCE}
    WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}
    COMMENT "Building the model ${name}" VERBATIM COMMAND_EXPAND_LISTS)
  add_custom_target(${name} ALL DEPENDS ${output})
  get_filename_component(below ${arg_OUTPUT} DIRECTORY)
  get_filename_component(extension ${arg_OUTPUT} EXT)
  set(kind PROGRAMS)
  if(extension)  # .beam, .class, .jar: what a runtime loads
    set(kind FILES)
  endif()
  install(${kind} ${output} DESTINATION ${MSGSTAT_MODELS_DIR}/${below})
  if(kind STREQUAL PROGRAMS)  # only of its own targets does CMake strip what it installs
    install(CODE "if(CMAKE_INSTALL_DO_STRIP)
      execute_process(COMMAND ${CMAKE_STRIP}
        \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${MSGSTAT_MODELS_DIR}/${arg_OUTPUT}\" COMMAND_ERROR_IS_FATAL ANY)
    endif()")
  endif()
endfunction()

# msgstat_compiler(VARIABLE NAME): Debian's, whatever stands first in PATH; nothing when it is missing,
# and then the model is not built: the catalog names the package.
macro(msgstat_compiler variable name)
  find_program(${variable} ${name} PATHS /usr/bin NO_DEFAULT_PATH)
endmacro()

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

# msgstat_bpf_object(NAME [TARGET]): compiles NAME.bpf.c of this folder and makes its skeleton,
# included as "bpf/NAME.skel.h" by TARGET; without TARGET, by what links msgstat_bpf.
find_program(BPF_CLANG NAMES clang clang-14 REQUIRED)
find_program(BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin REQUIRED)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|amd64")
  set(BPF_ARCH x86)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(BPF_ARCH arm64)
else()
  message(FATAL_ERROR "no BPF programs for ${CMAKE_SYSTEM_PROCESSOR}: add it to bpf/arch.h")
endif()

function(msgstat_bpf_object NAME)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/${NAME}.bpf.c)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${NAME}.bpf.o)
  set(skeleton ${CMAKE_BINARY_DIR}/skeletons/bpf/${NAME}.skel.h)
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${BPF_CLANG} -target bpf -mcpu=v3 -g -O2 -Wall -Wno-unused-parameter -Wno-missing-declarations
            -D__TARGET_ARCH_${BPF_ARCH} -isystem /usr/include/${CMAKE_LIBRARY_ARCHITECTURE}
            -MD -MF ${object}.d -MT ${object} -c ${source} -o ${object}
    DEPENDS ${source}
    DEPFILE ${object}.d
    COMMENT "BPF ${NAME}")
  add_custom_command(
    OUTPUT ${skeleton}
    COMMAND ${BPFTOOL} gen skeleton ${object} name ${NAME}_bpf > ${skeleton}
    DEPENDS ${object}
    COMMENT "BPF skeleton ${NAME}")
  if(ARGC GREATER 1)
    target_sources(${ARGV1} PRIVATE ${skeleton})
    target_include_directories(${ARGV1} SYSTEM PRIVATE ${CMAKE_BINARY_DIR}/skeletons)
    return()
  endif()
  target_sources(msgstat_bpf INTERFACE ${skeleton})
  set_property(GLOBAL APPEND PROPERTY MSGSTAT_BPF_SKELETONS ${skeleton})
endfunction()

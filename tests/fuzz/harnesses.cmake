# The harnesses of this folder (README.md): each NAME.c is a program fuzz_NAME.
#
# In every build tree a test fuzz.NAME replays corpus/NAME. In one configured with CLONAL_FUZZ (preset fuzz, which needs
# clang; tools/fuzz makes it) the programs are libFuzzer's instead. The tests fuzz.long.NAME let tools/fuzz run them.
option(CLONAL_FUZZ "Make libFuzzer's programs of tests/fuzz (clang; tools/fuzz sets it)" OFF)

file(GLOB harnesses CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/*.c)
list(FILTER harnesses EXCLUDE REGEX "/_[^/]*$")
list(LENGTH harnesses harness_count)

# Together as long as CI has room for, three minutes of two at a time: tools/fuzz runs them for as long as one likes.
math(EXPR fuzz_seconds "384 / ${harness_count}")
if(fuzz_seconds GREATER 60)
    set(fuzz_seconds 60)
endif()

add_custom_target(fuzzers)
foreach(source IN LISTS harnesses)
    get_filename_component(name ${source} NAME_WE)
    set(program fuzz_${name})
    add_executable(${program} ${source} fuzz/_common.c)
    target_link_libraries(${program} PRIVATE clonal_test_common)
    add_dependencies(fuzzers ${program})
    if(CLONAL_FUZZ)
        target_link_options(${program} PRIVATE -fsanitize=fuzzer)
        continue()
    endif()
    target_sources(${program} PRIVATE fuzz/_replay.c)
    clonal_test(NAME fuzz.${name} LABELS fuzz TIMEOUT 120
        COMMAND ${support}/scratch $<TARGET_FILE:${program}> ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${name})
    # The first of these builds the programs, and the others wait for it.
    clonal_test(NAME fuzz.long.${name} LABELS fuzz long TIMEOUT 900
        COMMAND ${support}/scratch ${PROJECT_SOURCE_DIR}/tools/fuzz ${fuzz_seconds} ${name})
endforeach()

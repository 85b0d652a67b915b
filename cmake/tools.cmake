# The command, the examples and the benchmarks. They link to the shared library, which exports the public calls
# alone: a tool that reaches for anything else does not link. The benchmarks may use what is inside.
file(GLOB tool_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tools/*.c ${PROJECT_SOURCE_DIR}/tools/support/*.c
    ${PROJECT_SOURCE_DIR}/tools/report/*.c ${PROJECT_SOURCE_DIR}/tools/experiments/*.c)
file(GLOB bench_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tools/bench_*.c)
file(GLOB example_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tools/examples/*.c)
if(bench_sources)
    list(REMOVE_ITEM tool_sources ${bench_sources})
endif()

if(EXISTS ${PROJECT_SOURCE_DIR}/tools/main.c)
    add_executable(clonal_command ${tool_sources})
    target_link_libraries(clonal_command PRIVATE
        clonal_shared clonal_deps::popt clonal_deps::jansson ZLIB::ZLIB Threads::Threads m)
    target_include_directories(clonal_command PRIVATE ${PROJECT_SOURCE_DIR}/tools ${PROJECT_SOURCE_DIR})
    target_compile_definitions(clonal_command PRIVATE CLONAL_SHARED CLONAL_VERSION_TEXT="${PROJECT_VERSION}")
    file(RELATIVE_PATH bin_to_lib /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
    set_target_properties(clonal_command PROPERTIES
        OUTPUT_NAME clonal
        INSTALL_RPATH "$<IF:$<PLATFORM_ID:Darwin>,@loader_path,$ORIGIN>/${bin_to_lib}")
endif()

foreach(source IN LISTS example_sources)
    get_filename_component(name ${source} NAME_WE)
    add_executable(example_${name} ${source})
    target_link_libraries(example_${name} PRIVATE clonal_shared m)
    set_target_properties(example_${name} PROPERTIES
        OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/examples)
endforeach()

foreach(source IN LISTS bench_sources)
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE clonal_static ${clonal_private_libraries})
    target_compile_definitions(${name} PRIVATE CL_TARGET_OPENCL_VERSION=120 CL_USE_DEPRECATED_OPENCL_1_2_APIS)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
endforeach()

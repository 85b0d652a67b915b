# libclonal, compiled once and linked twice: clonal_static and clonal_shared. Only what CLONAL_API marks is exported.
file(GLOB library_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/host/*/*.c)

clonal_onnx_sources(onnx_sources)
add_library(clonal_objects OBJECT ${library_sources} ${CLONAL_KERNEL_SOURCES_C} ${onnx_sources})
set_target_properties(clonal_objects PROPERTIES POSITION_INDEPENDENT_CODE ON)
target_include_directories(clonal_objects
    PUBLIC ${PROJECT_SOURCE_DIR}/include
    PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/onnx)

set(clonal_private_libraries
    OpenCL::OpenCL clonal_deps::clblast clonal_deps::jansson clonal_deps::libzip clonal_deps::protobuf-c clonal_deps::hdf5
    OpenSSL::Crypto ZLIB::ZLIB
    Threads::Threads ${CMAKE_DL_LIBS} m)
target_link_libraries(clonal_objects PRIVATE ${clonal_private_libraries} clonal_deps::random123)

# CLBlast has no version call, yet its version belongs in the keys of what is cached about it.
get_filename_component(clblast_real ${CLONAL_DEPS_clblast_LIBRARY} REALPATH)
string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" CLONAL_CLBLAST_VERSION "${clblast_real}")
target_compile_definitions(clonal_objects PRIVATE
    CL_TARGET_OPENCL_VERSION=120 CL_USE_DEPRECATED_OPENCL_1_2_APIS
    CLONAL_BUILDING NDEBUG # the library never aborts; its headers (Random123) assert otherwise
    CLONAL__VERSION="${PROJECT_VERSION}"
    CLONAL__CLBLAST_VERSION="${CLONAL_CLBLAST_VERSION}")

add_library(clonal_static STATIC $<TARGET_OBJECTS:clonal_objects>)
add_library(clonal_shared SHARED $<TARGET_OBJECTS:clonal_objects>)
set_target_properties(clonal_shared PROPERTIES
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}
    EXPORT_NAME clonal)
foreach(target clonal_static clonal_shared)
    set_target_properties(${target} PROPERTIES OUTPUT_NAME clonal)
    target_include_directories(${target} INTERFACE
        $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
        $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_link_libraries(${target} PRIVATE ${clonal_private_libraries})
endforeach()

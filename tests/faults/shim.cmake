# fault_shim: what shim/ says, where the C library is glibc, whose own names it calls, and nothing else wraps it.
include(CheckFunctionExists)
check_function_exists(__libc_malloc CLONAL_GLIBC)
if(CLONAL_GLIBC AND NOT CLONAL_SANITIZE AND NOT APPLE)
    file(GLOB shim_sources CONFIGURE_DEPENDS faults/shim/*.c)
    add_library(fault_shim MODULE ${shim_sources})
    set_target_properties(fault_shim PROPERTIES C_VISIBILITY_PRESET default C_EXTENSIONS ON)
    target_include_directories(fault_shim PRIVATE $<TARGET_PROPERTY:OpenCL::OpenCL,INTERFACE_INCLUDE_DIRECTORIES>
        $<TARGET_PROPERTY:OpenSSL::Crypto,INTERFACE_INCLUDE_DIRECTORIES>)
    target_compile_options(fault_shim PRIVATE -fno-builtin -Wno-deprecated-declarations)
    target_compile_definitions(fault_shim PRIVATE _GNU_SOURCE)
    target_link_libraries(fault_shim PRIVATE ${CMAKE_DL_LIBS})
endif()

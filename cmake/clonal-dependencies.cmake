# What libclonal links to, as imported targets. Used by the build and, installed, by static users of the package.
#
# clonal_dependency(NAME HEADER LIBRARIES [FOLDER...])
#   NAME is a row of tools/packages.txt. Looks for the header, also in these folders of the include paths, and for the
#   first of the libraries that is there ("": it has none), and defines clonal_deps::<NAME>. What is not found is added to CLONAL_MISSING, so that one message can name all of it.

set(CLONAL_MISSING "")

macro(clonal_dependency what header library)
    find_path(CLONAL_DEPS_${what}_INCLUDE_DIR ${header} PATH_SUFFIXES ${ARGN})
    mark_as_advanced(CLONAL_DEPS_${what}_INCLUDE_DIR)
    set(_clonal_found ${CLONAL_DEPS_${what}_INCLUDE_DIR})
    if(NOT "${library}" STREQUAL "")
        find_library(CLONAL_DEPS_${what}_LIBRARY NAMES ${library})
        mark_as_advanced(CLONAL_DEPS_${what}_LIBRARY)
        if(NOT CLONAL_DEPS_${what}_LIBRARY)
            set(_clonal_found "")
        endif()
    endif()
    if(NOT _clonal_found)
        list(APPEND CLONAL_MISSING ${what})
    elseif(NOT TARGET clonal_deps::${what})
        if("${library}" STREQUAL "")
            add_library(clonal_deps::${what} INTERFACE IMPORTED)
        else()
            add_library(clonal_deps::${what} UNKNOWN IMPORTED)
            set_target_properties(clonal_deps::${what} PROPERTIES
                IMPORTED_LOCATION "${CLONAL_DEPS_${what}_LIBRARY}")
        endif()
        set_target_properties(clonal_deps::${what} PROPERTIES
            INTERFACE_INCLUDE_DIRECTORIES "${CLONAL_DEPS_${what}_INCLUDE_DIR}")
    endif()
endmacro()

# As above for what CMake has a find module for.
macro(clonal_dependency_package what package target)
    find_package(${package} QUIET)
    if(NOT TARGET ${target})
        list(APPEND CLONAL_MISSING ${what})
    endif()
endmacro()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
clonal_dependency_package(opencl OpenCL OpenCL::OpenCL)
clonal_dependency_package(libcrypto OpenSSL OpenSSL::Crypto)
clonal_dependency_package(zlib ZLIB ZLIB::ZLIB)
clonal_dependency(clblast clblast_c.h clblast)
clonal_dependency(jansson jansson.h jansson)
clonal_dependency(libzip zip.h zip)
clonal_dependency(protobuf-c protobuf-c/protobuf-c.h protobuf-c)
clonal_dependency(hdf5 hdf5.h "hdf5_serial;hdf5" hdf5/serial) # as Debian calls it, as others do

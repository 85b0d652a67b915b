# cmake -DOUTPUT=kernel_sources.c -DFLAT=DIR -DROOT=cl -P embed.cmake
#
# Flattens every ROOT/*.cl (each `#include "lib/x.cl"` is replaced by that file, once a program) into FLAT/NAME.cl, and
# writes all of them as the table of host/runtime/kernel_sources.h. The texts are arrays of bytes, since compilers may
# limit a string literal's length.
cmake_minimum_required(VERSION 3.20)

# Appends the flattened text of `file` to flat_text; flat_seen holds what is in it already.
function(flatten file)
    file(READ ${file} rest)
    while(rest MATCHES "(^|\n)([ \t]*#[ \t]*include[ \t]*\"([^\"]+)\"[^\n]*)")
        set(directive "${CMAKE_MATCH_2}")
        set(name "${CMAKE_MATCH_3}")
        set(match "${CMAKE_MATCH_0}")
        string(FIND "${rest}" "${match}" at)
        string(LENGTH "${match}" length)
        string(LENGTH "${directive}" directive_length)
        math(EXPR before "${at} + ${length} - ${directive_length}")
        math(EXPR after "${at} + ${length}")
        string(SUBSTRING "${rest}" 0 ${before} head)
        string(SUBSTRING "${rest}" ${after} -1 rest)
        string(APPEND flat_text "${head}")

        set(target "${ROOT}/${name}")
        if(NOT EXISTS ${target})
            get_filename_component(here ${file} DIRECTORY)
            set(target "${here}/${name}")
        endif()
        if(NOT EXISTS ${target})
            message(FATAL_ERROR "${file}: #include \"${name}\": no such file under ${ROOT}")
        endif()
        get_filename_component(target ${target} REALPATH)
        if(NOT target IN_LIST flat_seen)
            list(APPEND flat_seen ${target})
            flatten(${target})
        endif()
    endwhile()
    string(APPEND flat_text "${rest}")
    set(flat_text "${flat_text}" PARENT_SCOPE)
    set(flat_seen "${flat_seen}" PARENT_SCOPE)
endfunction()

file(GLOB files ${ROOT}/*.cl)
list(SORT files)
set(arrays "")
set(table "")
foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME_WE)
    set(flat_text "")
    set(flat_seen "")
    flatten(${file})

    set(flat_file ${FLAT}/${name}.cl)
    set(old "")
    if(EXISTS ${flat_file})
        file(READ ${flat_file} old)
    endif()
    if(NOT "${old}" STREQUAL "${flat_text}")
        file(WRITE ${flat_file} "${flat_text}")
    endif()
    file(READ ${flat_file} bytes HEX)
    string(LENGTH "${bytes}" digits)
    math(EXPR length "${digits} / 2")
    string(SHA256 digest "${flat_text}")
    string(REGEX REPLACE "(................................................................)" "\\1\n" bytes "${bytes}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(APPEND arrays "static const unsigned char text_${name}[] = {\n${bytes}0};\n\n")
    string(APPEND table "    {\"${name}\", (const char *)text_${name}, ${length}, \"${digest}\"},\n")
endforeach()
list(LENGTH files count)
file(WRITE ${OUTPUT}.new "/* Made by cmake/embed.cmake from cl/. */
#include \"host/runtime/kernel_sources.h\"

${arrays}const clonal__kernel_source clonal__kernel_sources[] = {
${table}    {0, 0, 0, 0},
};
const size_t clonal__kernel_source_count = ${count};
")
file(RENAME ${OUTPUT}.new ${OUTPUT})

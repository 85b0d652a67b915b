# cmake -DOUTPUT=kernel_sources.c -DFLAT=DIR -DROOT=cl -P embed.cmake
#
# Flattens every ROOT/*.cl and ROOT/lib/*.cl (each `#include "lib/x.cl"` is replaced by that file, once a program if it has a guard) into
# FLAT/NAME.cl and FLAT/lib/NAME.cl, and writes all of them, and the texts ROOT/*.txt as they are, as the tables of
# host/runtime/kernel_sources.h. They are arrays of bytes, since compilers may limit a string literal's length.
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
            file(READ ${target} text)
            if(text MATCHES "\n#ifndef CLONAL_LIB_[^\n]*\n#define CLONAL_LIB_")
                list(APPEND flat_seen ${target})
            endif()
            flatten(${target})
        endif()
    endwhile()
    string(APPEND flat_text "${rest}")
    set(flat_text "${flat_text}" PARENT_SCOPE)
    set(flat_seen "${flat_seen}" PARENT_SCOPE)
endfunction()

# Appends `file` as an array to `arrays` and as a row, called `name`, to `table`.
function(embed name file)
    file(READ ${file} bytes HEX)
    file(SHA256 ${file} digest)
    string(LENGTH "${bytes}" digits)
    math(EXPR length "${digits} / 2")
    string(REGEX REPLACE "(................................................................)" "\\1\n" bytes "${bytes}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(MAKE_C_IDENTIFIER "text_${name}" array)
    string(APPEND arrays "static const unsigned char ${array}[] = {\n${bytes}0};\n\n")
    string(APPEND table "    {\"${name}\", (const char *)${array}, ${length}, \"${digest}\"},\n")
    set(arrays "${arrays}" PARENT_SCOPE)
    set(table "${table}" PARENT_SCOPE)
endfunction()

set(arrays "")
set(table "")
file(GLOB files RELATIVE ${ROOT} ${ROOT}/*.cl ${ROOT}/lib/*.cl)
list(SORT files)
list(LENGTH files count)
foreach(file IN LISTS files)
    string(REGEX REPLACE "\\.cl$" "" name ${file})
    set(flat_text "")
    get_filename_component(flat_seen ${ROOT}/${file} REALPATH)
    flatten(${ROOT}/${file})

    set(flat_file ${FLAT}/${name}.cl)
    set(old "")
    if(EXISTS ${flat_file})
        file(READ ${flat_file} old)
    endif()
    if(NOT "${old}" STREQUAL "${flat_text}")
        file(WRITE ${flat_file} "${flat_text}")
    endif()
    embed(${name} ${flat_file})
endforeach()
set(kernel_table "${table}")

set(table "")
file(GLOB files ${ROOT}/*.txt)
list(SORT files)
list(LENGTH files text_count)
foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME)
    embed(${name} ${file})
endforeach()

file(WRITE ${OUTPUT}.new "/* Made by cmake/embed.cmake from cl/. */
#include \"host/runtime/kernel_sources.h\"

${arrays}const clonal__kernel_source clonal__kernel_sources[] = {
${kernel_table}    {0, 0, 0, 0},
};
const size_t clonal__kernel_source_count = ${count};

const clonal__kernel_source clonal__texts[] = {
${table}    {0, 0, 0, 0},
};
const size_t clonal__text_count = ${text_count};
")
file(RENAME ${OUTPUT}.new ${OUTPUT})

# clonal_report_missing(what...): stops with the packages to install, by distribution, for rows of tools/packages.txt.
function(clonal_report_missing)
    file(STRINGS ${PROJECT_SOURCE_DIR}/tools/packages.txt rows REGEX "^[a-z]")
    foreach(distribution debian fedora arch homebrew)
        set(${distribution} "")
    endforeach()
    foreach(row IN LISTS rows)
        string(REGEX REPLACE " +" ";" row "${row}")
        list(GET row 1 what)
        if(what IN_LIST ARGN)
            set(column 2)
            foreach(distribution debian fedora arch homebrew)
                list(GET row ${column} package)
                if(NOT package STREQUAL "-")
                    string(APPEND ${distribution} " ${package}")
                endif()
                math(EXPR column "${column} + 1")
            endforeach()
        endif()
    endforeach()
    string(REPLACE ";" ", " missing "${ARGN}")
    message(FATAL_ERROR "Not found: ${missing}. Install:\n"
        "  Debian, Ubuntu:  apt-get install${debian}\n"
        "  Fedora:          dnf install${fedora}\n"
        "  Arch:            pacman -S${arch}\n"
        "  Homebrew:        brew install${homebrew}\n"
        "tools/quickstart does it on Debian and Ubuntu.")
endfunction()

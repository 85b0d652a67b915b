# What `cmake --install` lays down: command, libraries, headers, CMake package, pkg-config file, manual, completions.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/clonal)

install(TARGETS clonal_shared EXPORT clonal-shared
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS clonal_static EXPORT clonal-static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/clonal DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.h")
if(TARGET clonal_command)
    install(TARGETS clonal_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

# Two export sets, so that users of the shared library need none of what it is linked to.
install(EXPORT clonal-shared NAMESPACE clonal:: DESTINATION ${package_dir} FILE clonal-shared.cmake)
install(EXPORT clonal-static NAMESPACE clonal:: DESTINATION ${package_dir} FILE clonal-static.cmake)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/clonal-config.cmake.in
    ${PROJECT_BINARY_DIR}/clonal-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/clonal-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/clonal-config.cmake ${PROJECT_BINARY_DIR}/clonal-config-version.cmake
    ${PROJECT_SOURCE_DIR}/cmake/clonal-dependencies.cmake
    DESTINATION ${package_dir})

# pcfiledir keeps the pkg-config file true when the prefix is moved.
get_filename_component(CLONAL_HDF5_NAME ${CLONAL_DEPS_hdf5_LIBRARY} NAME_WE)
string(REGEX REPLACE "^lib" "" CLONAL_HDF5_NAME ${CLONAL_HDF5_NAME})
file(RELATIVE_PATH pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${PROJECT_SOURCE_DIR}/cmake/clonal.pc.in ${PROJECT_BINARY_DIR}/clonal.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/clonal.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

file(GLOB man_pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tools/man/*.1)
install(FILES ${man_pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
set(completion ${PROJECT_SOURCE_DIR}/tools/completion)
install(FILES ${completion}/clonal.bash RENAME clonal OPTIONAL
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${completion}/_clonal OPTIONAL DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${completion}/clonal.fish OPTIONAL DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

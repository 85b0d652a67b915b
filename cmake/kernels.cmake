# Embeds cl/*.cl and cl/*.txt; sets CLONAL_KERNEL_SOURCES_C. The flattened programs stay in <build>/kernels for compilers and eyes.
file(GLOB_RECURSE kernel_files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cl/*.cl ${PROJECT_SOURCE_DIR}/cl/*.txt)
set(CLONAL_KERNEL_SOURCES_C ${PROJECT_BINARY_DIR}/kernels/kernel_sources.c)
add_custom_command(
    OUTPUT ${CLONAL_KERNEL_SOURCES_C}
    COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR}/cl -DFLAT=${PROJECT_BINARY_DIR}/kernels
        -DOUTPUT=${CLONAL_KERNEL_SOURCES_C} -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${kernel_files} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    COMMENT "Embedding the kernels of cl/"
    VERBATIM)

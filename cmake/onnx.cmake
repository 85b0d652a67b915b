# ONNX files are read and written by protobuf-c, from ONNX's own description of them. What is missing is added to
# CLONAL_MISSING; else clonal_onnx_sources(VARIABLE), called later, makes the C of it in <build>/onnx.
find_program(CLONAL_PROTOC_C protoc-c)
find_file(CLONAL_ONNX_PROTO NAMES onnx/onnx.proto onnx/onnx-ml.proto)
mark_as_advanced(CLONAL_PROTOC_C CLONAL_ONNX_PROTO)
if(NOT CLONAL_PROTOC_C)
    list(APPEND CLONAL_MISSING protoc-c)
endif()
if(NOT CLONAL_ONNX_PROTO)
    list(APPEND CLONAL_MISSING onnx)
endif()

# Under one name, whichever of the two files there is: onnx-ml.proto has all that onnx.proto has.
function(clonal_onnx_sources variable)
    set(folder ${PROJECT_BINARY_DIR}/onnx)
    configure_file(${CLONAL_ONNX_PROTO} ${folder}/onnx.proto COPYONLY)
    add_custom_command(
        OUTPUT ${folder}/onnx.pb-c.c ${folder}/onnx.pb-c.h
        COMMAND ${CLONAL_PROTOC_C} --c_out=${folder} -I ${folder} ${folder}/onnx.proto
        DEPENDS ${folder}/onnx.proto
        COMMENT "Making the C of onnx.proto"
        VERBATIM)
    set_source_files_properties(${folder}/onnx.pb-c.c PROPERTIES COMPILE_OPTIONS -w)
    set(${variable} ${folder}/onnx.pb-c.c ${folder}/onnx.pb-c.h PARENT_SCOPE)
endfunction()

target_link_libraries(holter_protocols_http PRIVATE Holter::re2)

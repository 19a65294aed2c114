# SHA-1 of the handshake.
target_link_libraries(holter_protocols_websocket PRIVATE OpenSSL::Crypto)

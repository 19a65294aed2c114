# SHA-1 and Base64 of the handshake.
target_link_libraries(holter_protocols_websocket PRIVATE OpenSSL::Crypto)

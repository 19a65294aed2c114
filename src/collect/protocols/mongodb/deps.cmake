# SCRAM-SHA-256: hashes and Base64.
target_link_libraries(holter_protocols_mongodb PRIVATE OpenSSL::Crypto)

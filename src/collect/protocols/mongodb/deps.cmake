# SCRAM-SHA-256: hashes.
target_link_libraries(holter_protocols_mongodb PRIVATE OpenSSL::Crypto)

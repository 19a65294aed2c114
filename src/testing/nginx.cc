#include "testing/nginx.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "testing/scripted_peer.h"

namespace holter::testing {
namespace {

constexpr const char* kConfiguration = R"(
daemon off;
master_process off;
error_log {0}/error.log;
pid {0}/pid;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {0}/body;
  proxy_temp_path {0}/proxy;
  fastcgi_temp_path {0}/fastcgi;
  uwsgi_temp_path {0}/uwsgi;
  scgi_temp_path {0}/scgi;
  default_type text/plain;
  gzip on;
  gzip_min_length 1;
  gzip_types *;
  server {{
    listen 127.0.0.1:{2} ssl http2;
    ssl_certificate {0}/cert.pem;
    ssl_certificate_key {0}/key.pem;
    root {0}/root;
    {3}
  }}
  server {{ listen 127.0.0.1:{1}; root {0}/root; {3} }}
}}
)";

}  // namespace

Nginx::Nginx(const std::string& locations, const std::string& certificate, const std::string& key)
    : server_("/usr/sbin/nginx", [&](const std::string& directory, std::uint16_t port) {
        // nginx listens in the order of its file, https first: when http can be connected to, https can be, too.
        https_port_ = unused_port();
        std::filesystem::create_directory(directory + "/root");
        std::ofstream(directory + "/cert.pem") << certificate;
        std::ofstream(directory + "/key.pem") << key;
        std::ofstream(directory + "/nginx.conf")
            << fmt::format(fmt::runtime(kConfiguration), directory, port, https_port_, locations);
        return std::vector<std::string>{"-e", directory + "/error.log", "-p", directory + "/",
                                        "-c", directory + "/nginx.conf"};
      }) {}

void Nginx::put(const std::string& name, const std::string& text) const {
  std::ofstream(server_.directory() + "/root/" + name) << text;
}

}  // namespace holter::testing

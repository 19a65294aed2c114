#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "collect/base64.h"
#include "collect/protocols/mongodb/bson.h"
#include "collect/protocols/mongodb/message.h"
#include "collect/protocols/mongodb/scram.h"
#include "testing/stream_faults.h"
#include "testing/texts_block.h"

namespace holter::collect {

const PluginInfo& mongodb_plugin();

namespace mongodb {

/// The reply to the nth request of a connection.
inline std::string reply_to(std::int32_t request, const BsonWriter& document) {
  auto bytes = op_msg(0, document.document());
  for (std::size_t i = 0; i < 4; ++i) bytes[8 + i] = static_cast<char>(request >> (8 * i));
  return bytes;
}
inline BsonWriter ok() {
  return BsonWriter().add("ok", 1);
}
inline BsonWriter refused(std::int32_t code, std::string_view words) {
  return BsonWriter().add("ok", 0).add("errmsg", words).add("code", code);
}

/// A server of OP_MSG that answers each command with what `answer` makes of it, on the test's own thread. What still
/// waits when it is destroyed shares the part that it needs.
class MockServer {
 public:
  using Answer = std::function<BsonWriter(std::string_view command)>;

  MockServer(boost::asio::io_context& context, Answer answer)
      : state_(std::make_shared<State>(context, std::move(answer))) {
    boost::asio::co_spawn(context, accept(state_), boost::asio::detached);
  }
  ~MockServer() { state_->acceptor.close(); }
  MockServer(const MockServer&) = delete;
  MockServer& operator=(const MockServer&) = delete;

  std::uint16_t port() const { return state_->acceptor.local_endpoint().port(); }
  int accepted() const { return state_->accepted; }
  const std::vector<std::string>& commands() const { return state_->commands; }  ///< the name of each

 private:
  using Socket = boost::asio::ip::tcp::socket;
  struct State {
    State(boost::asio::io_context& context, Answer with)
        : acceptor(context, {boost::asio::ip::make_address("127.0.0.1"), 0}), answer(std::move(with)) {}
    boost::asio::ip::tcp::acceptor acceptor;
    Answer answer;
    int accepted = 0;
    std::vector<std::string> commands;
  };

  static boost::asio::awaitable<void> accept(std::shared_ptr<State> state) {
    while (state->acceptor.is_open()) {
      auto socket = co_await state->acceptor.async_accept(boost::asio::use_awaitable);
      ++state->accepted;
      boost::asio::co_spawn(state->acceptor.get_executor(), serve(state, std::move(socket)), boost::asio::detached);
    }
  }
  static boost::asio::awaitable<void> serve(std::shared_ptr<State> state, Socket socket) {
    while (true) {
      std::string head(kHeadBytes, '\0');
      co_await boost::asio::async_read(socket, boost::asio::buffer(head), boost::asio::use_awaitable);
      std::string body(parse_head(head).value().body_bytes, '\0');
      co_await boost::asio::async_read(socket, boost::asio::buffer(body), boost::asio::use_awaitable);
      auto command = parse_body(body).value();
      state->commands.emplace_back(BsonReader::of(command)->next()->value().name);
      std::int32_t request = 0;
      std::memcpy(&request, head.data() + 4, sizeof(request));
      auto reply = reply_to(request, state->answer(command));
      co_await boost::asio::async_write(socket, boost::asio::buffer(reply), boost::asio::use_awaitable);
    }
  }
  std::shared_ptr<State> state_;
};

/// The server's side of SCRAM-SHA-256 for "ann" with the password "secret".
struct MockLogin {
  bool wants_empty_exchange = false, proves_itself = true;
  std::string rounds = "4096";
  std::string first, answer, nonce;

  /// Nothing when the command is none of a login.
  std::optional<BsonWriter> take(std::string_view command) {
    auto payload = find_member(command, "payload").value();
    if (!payload) return std::nullopt;
    std::string text(payload->binary().value());
    BsonWriter reply = ok().add("conversationId", 7);
    if (text.starts_with("n,,")) {
      first = text.substr(3);
      nonce = first.substr(first.find("r=") + 2);
      answer = fmt::format("r={}Server,s={},i={}", nonce, to_base64("salt of the server"), rounds);
      return reply.add_binary("payload", answer).add("done", false);
    }
    if (text.empty()) return reply.add_binary("payload", "").add("done", true);
    auto proof = scram_proof("secret", first, answer, scram_challenge(nonce, answer).value()).value();
    if (text != proof.message || !first.starts_with("n=ann,")) return refused(18, "Authentication failed.");
    return reply.add_binary("payload", "v=" + (proves_itself ? proof.signature : to_base64("guess")))
        .add("done", !wants_empty_exchange);
  }
};

class MongodbTestBase : public testing::StreamFaultsTest {
 protected:
  using Keys = testing::Texts;

  Result<std::unique_ptr<Probe>> compile(std::uint16_t port, const Keys& more = {}) {
    Keys keys{{"host", "127.0.0.1"},
              {"port", std::to_string(port)},
              {"timeout", "5000"},
              {"command", "serverStatus.connections"}};
    auto block = testing::block_of_texts(std::move(keys), more);
    return mongodb_plugin().compile({"mongodb", "connections", aliases_, block});
  }
  std::unique_ptr<Probe> make(std::uint16_t port, const Keys& more = {}) { return compile(port, more).value(); }
  std::string text(const OneShot& shot, std::size_t column) {
    return std::string(shot.table().text(shot.table().at(0, column)));
  }
  std::vector<std::string> aliases_{"current", "available"};
};

}  // namespace mongodb
}  // namespace holter::collect

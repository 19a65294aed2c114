#pragma once

#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "testing/probe_harness.h"
#include "testing/scripted_peer.h"

namespace holter::testing {

inline std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
}

/// What every probe on a stream must bear, played by a scripted peer.
class StreamFaultsTest : public ProbeTest {
 protected:
  /// One step of a good conversation. With an empty `expect` the server speaks unasked.
  struct Exchange {
    std::string expect, reply, step;  ///< `step`: what a message says when the peer is silent here
  };
  using Make = std::function<std::unique_ptr<collect::Probe>(std::uint16_t port, std::string timeout)>;
  using Script = ScriptedPeer::Script;
  static constexpr std::size_t kColumns = 16;  ///< a probe under test has at most so many aliases

  static Script script_of(const std::vector<Exchange>& talk, std::size_t steps) {
    Script script;
    for (std::size_t i = 0; i < steps; ++i) {
      if (!talk[i].expect.empty()) script.push_back(ScriptedPeer::expect(talk[i].expect));
      script.push_back(ScriptedPeer::send(talk[i].reply));
    }
    return script;
  }
  std::unique_ptr<collect::OneShot> play(const Make& make, Script script, std::string timeout = "5000") {
    ScriptedPeer peer({std::move(script)});
    auto probe = make(peer.port(), std::move(timeout));
    auto shot = run(*probe, kColumns);
    objects_.clear();
    return shot;
  }
  void expect_failure(const collect::OneShot& shot, const std::string& what) {
    EXPECT_NE(shot.code(), model::ResultCode::kSuccess) << what;
    EXPECT_THAT(shot.message(), ::testing::StartsWith("cannot ")) << what;
  }

  /// Refused, reset, closed, silent, torn and endless at each step; a peer of another protocol.
  void bears_all_faults(const Make& make, const std::vector<Exchange>& talk) {
    auto good = play(make, whole(talk));
    ASSERT_EQ(good->code(), model::ResultCode::kSuccess) << good->message();
    auto nobody = make(unused_port(), "5000");
    auto refused = run(*nobody, kColumns);
    EXPECT_EQ(refused->code(), model::ResultCode::kUnconnectable);
    EXPECT_THAT(refused->message(), ::testing::HasSubstr("Connection refused"));
    for (std::size_t i = 0; i < talk.size(); ++i) {
      auto before = script_of(talk, i);
      if (!talk[i].expect.empty()) before.push_back(ScriptedPeer::expect(talk[i].expect));
      auto with = [&](std::vector<ScriptedPeer::Step> more) {
        auto script = before;
        script.insert(script.end(), more.begin(), more.end());
        return script;
      };
      expect_failure(*play(make, with({ScriptedPeer::reset()})), "reset at " + talk[i].step);
      expect_failure(*play(make, with({ScriptedPeer::close()})), "closed at " + talk[i].step);
      auto silent = play(make, with({ScriptedPeer::stall()}), "60");
      expect_failure(*silent, "silent at " + talk[i].step);
      EXPECT_THAT(silent->message(), ::testing::HasSubstr(talk[i].step));
      EXPECT_THAT(silent->message(), ::testing::HasSubstr("in time"));
      auto half = talk[i].reply.substr(0, talk[i].reply.size() / 2);
      expect_failure(*play(make, with({ScriptedPeer::send(half), ScriptedPeer::close()})), "torn at " + talk[i].step);
      expect_failure(*play(make, with({ScriptedPeer::send_forever(std::string(5000, 'x'))})),
                     "endless at " + talk[i].step);
      expect_failure(*play(make, with({ScriptedPeer::send("SSH-2.0-OpenSSH_9.2\r\n"), ScriptedPeer::close()})),
                     "another protocol at " + talk[i].step);
    }
  }

  /// Many rounds: no descriptor and no byte stays.
  void leaves_nothing_behind(const Make& make, const std::vector<Exchange>& talk, int rounds = 10'000) {
    (void)play(make, whole(talk));
    auto bytes = account_.used();
    auto descriptors = open_descriptors();
    {
      ScriptedPeer peer({whole(talk)});
      auto probe = make(peer.port(), "5000");
      for (int i = 0; i < rounds; ++i) {
        auto shot = run(*probe, kColumns);
        ASSERT_EQ(shot->code(), model::ResultCode::kSuccess) << shot->message();
      }
      objects_.clear();
    }
    EXPECT_EQ(account_.used(), bytes);
    EXPECT_EQ(open_descriptors(), descriptors);
  }

 private:
  static Script whole(const std::vector<Exchange>& talk) {
    auto script = script_of(talk, talk.size());
    script.push_back(ScriptedPeer::stall());
    return script;
  }
};

}  // namespace holter::testing

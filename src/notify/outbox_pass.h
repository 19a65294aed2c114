#pragma once

#include <string>
#include <vector>

#include "notify/outbox.h"

namespace holter::notify {

/// One visit to one receiver: from the store to the channel and back. Holds the receiver's lane and a place of its
/// channel, and gives both back at its end, however that comes. Threads: the outbox's.
class Outbox::Pass {
 public:
  Pass(Outbox* outbox, Lanes::value_type* lane, const PluginInfo* channel);
  Pass(Pass&& other) noexcept;
  Pass& operator=(Pass&&) = delete;
  ~Pass();

  boost::asio::awaitable<void> run();

 private:
  enum class Next : std::uint8_t {
    kGoOn,
    kOthers,  ///< what follows in the entry's group waits
    kStop,
  };

  Lane& lane() { return lane_->second; }
  const std::string& receiver() const { return lane_->first; }
  WallTime now() const { return outbox_->clock_.wall(); }
  ChannelStats& stats();

  boost::asio::awaitable<bool> write_ends();
  bool within_rate(unsigned per_minute);
  boost::asio::awaitable<Result<std::vector<Entry>>> load();
  boost::asio::awaitable<Status> join(std::vector<Entry>* entries);
  boost::asio::awaitable<void> send_all(std::vector<Entry> entries);
  boost::asio::awaitable<Next> attempt(const Entry& entry, const OpenReceiver& receiver);
  boost::asio::awaitable<Next> bury(const Entry& entry, std::string why);
  boost::asio::awaitable<Next> finish(EntryChange change);
  boost::asio::awaitable<void> plan();

  Outbox* outbox_;
  Lanes::value_type* lane_;
  const PluginInfo* channel_;
  std::string channel_name_;
  const bool suspect_;
  std::size_t loaded_ = 0;
  memory::Reservation charged_;
};

}  // namespace holter::notify

#include "incidents/book.h"

#include <boost/asio/io_context.hpp>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "catalog/alert_states.h"
#include "catalog/outbox_lanes.h"
#include "catalog/test_catalog.h"
#include "testing/run_task.h"

namespace holter::incidents {
namespace {

using catalog::Engine;
using catalog::engine_name;
using catalog::StateTable;

class BookTest : public catalog::CatalogFixture {
 protected:
  void SetUp() override {
    catalog::CatalogFixture::SetUp();
    if (HasFatalFailure()) return;
    catalog::CatalogOptions options;
    options.database = options_;
    auto opened = catalog::Catalog::open(options, real_, account());
    ASSERT_TRUE(opened) << opened.error().message();
    catalog_ = std::move(*opened);
    book_ = std::make_unique<Book>(*catalog_, budget_.account("alert"));
  }
  void TearDown() override {
    book_.reset();
    catalog_.reset();
  }
  void send(int number) {
    Outgoing message;
    message.entry.key = fmt::format("key-{}", number);
    message.entry.receiver = "ops";
    message.entry.channel = "webhook";
    message.entry.message = "{}";
    message.entry.next = real_.wall();
    ASSERT_TRUE(book_->send(std::move(message)));
  }
  /// Writes once; what is stored then: messages, states of groups.
  std::pair<std::size_t, std::size_t> flush() {
    auto written = testing::run_task(context_, book_->flush(real_.mono() + seconds(10)));
    EXPECT_TRUE(written) << written.error().message();
    auto counts = testing::run_task(
        context_, catalog_->read<std::pair<std::size_t, std::size_t>>(
                      [this](catalog::Database& database) -> Result<std::pair<std::size_t, std::size_t>> {
                        TRY(auto lane, catalog::read_outbox_lane(database, "ops", real_.wall()));
                        TRY(auto states, catalog::count_states(database, StateTable::kGroups));
                        return std::pair<std::size_t, std::size_t>(lane.waiting, states);
                      },
                      {"count", real_.mono() + seconds(10)}));
    EXPECT_TRUE(counts);
    return counts ? *counts : std::pair<std::size_t, std::size_t>();
  }

  SystemClock real_;
  boost::asio::io_context context_{1};
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<Book> book_;
};
HOLTER_ON_BOTH_ENGINES(BookTest);

TEST_P(BookTest, that_a_group_was_told_is_not_written_before_its_message) {
  using Counts = std::pair<std::size_t, std::size_t>;
  for (int i = 0; i < 450; ++i) {
    send(i);
    // Later groups have lesser keys: it is not the order of keys that decides.
    ASSERT_TRUE(book_->put_state(StateTable::kGroups, fmt::format("group-{:03}", 450 - i), "{}"));
  }
  EXPECT_EQ(flush(), (Counts{200, 200}));
  EXPECT_EQ(flush(), (Counts{400, 400}));
  EXPECT_EQ(flush(), (Counts{450, 450}));
  EXPECT_TRUE(book_->empty());
}

}  // namespace
}  // namespace holter::incidents

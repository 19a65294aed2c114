#include "history/child/settings.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace holter::history::child {
namespace {

Result<Settings> parse(std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  return parse_settings(pointers);
}

TEST(Settings, reads_what_the_client_passes) {
  auto settings = parse({"socket=3", "parent=17", "dir=/data/a=b", "memory=1048576", "data_limit=5", "retention_ms=6",
                         "every_ms=7", "after_ms=0", "most_rows=9"})
                      .value();
  EXPECT_EQ(settings.socket, 3);
  EXPECT_EQ(settings.parent, 17);
  EXPECT_EQ(settings.store.dir, "/data/a=b");
  EXPECT_EQ(settings.store.engine_memory, 1'048'576u);
  EXPECT_EQ(settings.data_limit, 5u);
  EXPECT_EQ(settings.store.archive.retention, milliseconds(6));
  EXPECT_EQ(settings.store.archive.every, milliseconds(7));
  EXPECT_EQ(settings.store.archive.after, milliseconds(0));
  EXPECT_EQ(settings.store.archive.most_rows, 9u);
}

TEST(Settings, refuses_what_it_does_not_know_and_names_it) {
  EXPECT_EQ(parse({"socket=3", "colour=red"}).error().message(), "cannot use the argument colour");
  for (std::string bad :
       {"--help", "socket=", "socket=x", "socket=-1", "memory=1MiB", "every_ms=0", "data_limit=99999999999999999999"})
    EXPECT_FALSE(parse({"socket=3", "parent=1", "dir=/d", bad}).has_value()) << bad;
  EXPECT_FALSE(parse({}).has_value());
  EXPECT_FALSE(parse({"socket=3", "parent=1"}).has_value());
}

}  // namespace
}  // namespace holter::history::child

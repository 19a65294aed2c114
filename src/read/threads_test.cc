// Compiled readers are frozen: threads share one, each with its own account and sink.
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "read/json_rows.h"
#include "read/test_json.h"
#include "read/xml_rows.h"

namespace holter::read {
namespace {

TEST(Threads, share_compiled_readers) {
  const auto json = JsonRows::by_path("$.l[?(@.k =~ /a.*/ && @.n.length() > 0)]", {"$.k", "$.n[*]"}).value();
  const auto xml = XmlRows::compile("//a[@x='1' and b]", {"b", "count(c)"}).value();
  std::vector<std::thread> threads;
  std::vector<std::vector<std::string>> rows(4);
  for (auto& out : rows)
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        memory::Account account("thread", nullptr, 1 << 20);
        testing::Lines lines;
        auto first = json.read(R"({"l":[{"k":"ab","n":[1,2]},{"k":"b","n":[3]}]})", account, lines);
        auto second = xml.read("<l><a x='1'><b>y</b><c/></a><a x='2'><b/></a></l>", account, lines);
        if (!first || !second || account.used() != 0) return;
        out = lines.rows;
      }
    });
  for (auto& thread : threads) thread.join();
  for (const auto& out : rows) EXPECT_EQ(out, (std::vector<std::string>{"ab|[1,2]", "y|1"}));
}

}  // namespace
}  // namespace holter::read

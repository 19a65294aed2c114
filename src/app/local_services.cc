#include "app/local_services.h"

#include <optional>

namespace holter::app {

namespace asio = boost::asio;

LocalServices::~LocalServices() {
  asio::co_spawn(context_, scope_.close(), [](std::exception_ptr) {});
  context_.restart();
  context_.run_for(std::chrono::seconds(1));
}

collect::Trial::Verdict LocalServices::run(collect::Trial::Options options, std::string_view app,
                                           const std::vector<model::ResolvedSet>& sets,
                                           std::function<void(const collect::TrialResult&)> seen) {
  collect::Trial trial(std::move(options), services_, budget_.account("rounds"), app, sets);
  std::optional<collect::Trial::Verdict> verdict;
  std::exception_ptr failure;
  asio::co_spawn(context_, trial.run(std::move(seen)), [&](std::exception_ptr thrown, collect::Trial::Verdict v) {
    failure = thrown;
    verdict = v;
  });
  context_.restart();
  while (!verdict) context_.run_one();
  if (failure) std::rethrow_exception(failure);
  return *verdict;
}

}  // namespace holter::app

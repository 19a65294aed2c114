#include "api/prometheus_writer.h"

namespace holter::api {
namespace {

constexpr model::Criticality kCriticalities[] = {model::Criticality::kCritical, model::Criticality::kNormal,
                                                 model::Criticality::kLow};

void write_accounts(MetricsWriter& w, const MemoryReport& memory) {
  struct Family {
    std::string_view name, type, help;
    std::uint64_t MemoryAccount::* value;
  };
  constexpr Family kFamilies[] = {
      {"holter_memory_account_bytes", "gauge", "Bytes that an account holds.", &MemoryAccount::used},
      {"holter_memory_account_peak_bytes", "gauge", "Most bytes that an account has held.", &MemoryAccount::peak},
      {"holter_memory_account_limit_bytes", "gauge", "Most bytes that an account may hold.", &MemoryAccount::limit},
      {"holter_memory_account_reserved_bytes", "gauge", "Bytes of an account that nobody else can take.",
       &MemoryAccount::reserved},
      {"holter_memory_account_refused_total", "counter", "Requests for memory that were refused.",
       &MemoryAccount::refused}};
  for (const auto& family : kFamilies) {
    w.head(family.name, family.type, family.help);
    for (const auto& account : memory.accounts)
      w.sample(family.name, {{"account", account.name}}, account.*family.value);
  }
}

void write_level(MetricsWriter& w, const MemoryReport& memory) {
  auto name = [](std::size_t level) { return memory::to_string(static_cast<memory::Level>(level)); };
  w.single("holter_memory_level", "gauge", "Memory pressure: 0 normal, 1 elevated, 2 high, 3 critical, 4 emergency.",
           static_cast<unsigned>(memory.level));
  w.head("holter_memory_level_active", "gauge", "1 at the level of memory pressure that holds now, else 0.");
  for (std::size_t i = 0; i < memory::kLevels; ++i)
    w.sample("holter_memory_level_active", {{"level", name(i)}}, static_cast<std::size_t>(memory.level) == i ? 1 : 0);
  w.head("holter_memory_level_threshold_ratio", "gauge", "Share of what is allowed at which a level begins.");
  for (std::size_t i = 0; i < memory::kLevels; ++i)
    w.sample("holter_memory_level_threshold_ratio", {{"level", name(i)}}, memory.level_options.from[i]);
  w.head("holter_memory_level_seconds_total", "counter", "Time spent at each level.");
  for (std::size_t i = 0; i < memory::kLevels; ++i)
    w.sample("holter_memory_level_seconds_total", {{"level", name(i)}}, memory.seconds_at[i]);
  w.head("holter_memory_signal_ratio", "gauge", "What the level is decided from, each as a share of what is allowed.");
  w.sample("holter_memory_signal_ratio", {{"signal", "ledger"}}, memory.signals.ledger);
  w.sample("holter_memory_signal_ratio", {{"signal", "resident"}}, memory.signals.resident);
  w.sample("holter_memory_signal_ratio", {{"signal", "stall"}}, memory.signals.stall);
}

void write_actions(MetricsWriter& w, const MemoryReport& memory) {
  w.head("holter_memory_action_active", "gauge", "1 while an action against memory pressure is taken.");
  for (const auto& action : memory.actions)
    w.sample("holter_memory_action_active", {{"action", action.name}, {"level", memory::to_string(action.level)}},
             action.active ? 1 : 0);
  w.head("holter_memory_actions_total", "counter", "How often an action was begun.");
  for (const auto& action : memory.actions)
    w.sample("holter_memory_actions_total", {{"action", action.name}, {"level", memory::to_string(action.level)}},
             action.times);
}

void write_paused(MetricsWriter& w, const MemoryReport& memory) {
  w.head("holter_memory_paused_monitors", "gauge", "Monitors that are paused for want of memory.");
  for (auto criticality : kCriticalities)
    w.sample("holter_memory_paused_monitors", {{"criticality", model::to_string(criticality)}},
             memory.paused_by[static_cast<std::size_t>(criticality)]);
  w.single("holter_memory_paused_bytes", "gauge", "Bytes that they will need when they are resumed.",
           memory.paused_bytes);
}

}  // namespace

void write_memory_metrics(MetricsWriter& w, const MemoryReport& memory) {
  w.single("holter_memory_budget_bytes", "gauge", "Memory budget of the main process.", memory.budget);
  w.single("holter_memory_least_left_bytes", "gauge", "Least of the budget that was left since the start.",
           memory.least_left);
  w.single("holter_memory_ledger_bytes", "gauge", "Bytes reserved on all accounts.", memory.ledger_used);
  w.single("holter_memory_ledger_limit_bytes", "gauge", "Most bytes that all accounts may hold.", memory.ledger_limit);
  w.single("holter_memory_fixed_bytes", "gauge", "Resident set without any load.", memory.fixed);
  w.single("holter_memory_unexplained_bytes", "gauge", "Resident set less ledger and fixed part.", memory.unexplained);
  w.head("holter_memory_resident_bytes", "gauge", "Resident set of each process.");
  w.sample("holter_memory_resident_bytes", {{"process", "main"}}, memory.resident);
  w.sample("holter_memory_resident_bytes", {{"process", "history"}}, memory.history_resident);
  w.head("holter_memory_resident_peak_bytes", "gauge", "Highest resident set of each process since its start.");
  w.sample("holter_memory_resident_peak_bytes", {{"process", "main"}}, memory.resident_peak);
  w.sample("holter_memory_resident_peak_bytes", {{"process", "history"}}, memory.history_resident_peak);
  w.single("holter_memory_anonymous_bytes", "gauge", "Heap, stacks and written data of the main process.",
           memory.anonymous);
  w.single("holter_memory_file_bytes", "gauge", "Program text and libraries of the main process.", memory.file);
  w.single("holter_allocator_mapped_bytes", "gauge", "Address space that the allocator holds.",
           memory.allocator_mapped);
  w.single("holter_allocator_cap_bytes", "gauge", "Most that the allocator may map; 0 without a cap.",
           memory.allocator_cap);
  w.single("holter_allocator_allocated_bytes", "gauge", "Bytes handed out by the allocator.",
           memory.allocator_allocated);
  w.single("holter_allocator_refused_total", "counter", "Mappings refused because of the cap.",
           memory.allocator_refused);
  write_level(w, memory);
  write_actions(w, memory);
  write_paused(w, memory);
  write_accounts(w, memory);
}

}  // namespace holter::api

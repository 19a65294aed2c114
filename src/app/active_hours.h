#pragma once

#include "alert/round_view.h"

namespace holter::app {

/// Active hours of rules: time windows (model/time_window.h), separated by ';'.
class ActiveHours final : public alert::ActiveHoursParser {
 public:
  Result<std::shared_ptr<const alert::ActiveHours>> parse(std::string_view text) const override;
};

}  // namespace holter::app

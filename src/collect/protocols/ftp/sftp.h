#pragma once

#include <memory>

#include "base/result.h"
#include "collect/plugin.h"

namespace holter::collect::sftp {

/// The protocol ftp with `ssl: true`: whether a directory is there, asked by SFTP. The block has the keys of SshTarget,
/// and `direction`, which has been checked. Errors: kInvalidArgument.
Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config);

}  // namespace holter::collect::sftp

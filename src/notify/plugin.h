#pragma once

#include "notify/channel.h"  // the name that cmake/Module.cmake expects

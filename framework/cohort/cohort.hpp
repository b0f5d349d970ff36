// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Everything but <cohort/mpi.hpp>.
#include "cohort/blocking.hpp"
#include "cohort/callable.hpp"
#include "cohort/connection.hpp"
#include "cohort/element.hpp"
#include "cohort/error.hpp"
#include "cohort/list.hpp"
#include "cohort/manager.hpp"
#include "cohort/options.hpp"
#include "cohort/process.hpp"
#include "cohort/queue.hpp"
#include "cohort/session.hpp"
#include "cohort/this_process.hpp"
#include "cohort/value.hpp"

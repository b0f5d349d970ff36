// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Everything but <cohort/mpi.hpp>.
#include "cohort/array.hpp"
#include "cohort/barrier.hpp"
#include "cohort/blocking.hpp"
#include "cohort/callable.hpp"
#include "cohort/condition.hpp"
#include "cohort/dict.hpp"
#include "cohort/element.hpp"
#include "cohort/error.hpp"
#include "cohort/event.hpp"
#include "cohort/list.hpp"
#include "cohort/lock.hpp"
#include "cohort/manager.hpp"
#include "cohort/namespace.hpp"
#include "cohort/options.hpp"
#include "cohort/process.hpp"
#include "cohort/semaphore.hpp"
#include "cohort/session.hpp"
#include "cohort/set.hpp"
#include "cohort/this_process.hpp"
#include "cohort/value.hpp"

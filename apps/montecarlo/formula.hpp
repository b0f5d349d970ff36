// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "simulate.hpp"

namespace montecarlo {

/// The European call's price: F. Black and M. Scholes, 1973.
double european_formula(const Market& market);
/// That of the call on the geometric average: a product of lognormal prices is lognormal itself (A. Kemna and T.
/// Vorst, 1990).
double geometric_formula(const Market& market);

}  // namespace montecarlo

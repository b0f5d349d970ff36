// SPDX-License-Identifier: BSL-1.0
#include "parallel.hpp"

#include <span>
#include <utility>

#include "stencil.hpp"

namespace heat {
namespace {

/// The cells themselves, where all ranks share memory; else nothing (Array::local() needs COHORT_WINDOW=shared).
std::array<std::span<double>, 2> cells_in_place(const Shared& shared) {
  try {
    return {shared.cells[0].local(), shared.cells[1].local()};
  } catch (const cohort::UsageError&) {
    return {};
  }
}

/// Every rank reads its neighbours' rows where they lie. One meeting a step is enough: what is overwritten in a
/// step was read in the step before.
void solve_in_place(std::span<double> now, std::span<double> next, const cohort::Barrier& barrier,
                    const Plate& plate, Band band, std::size_t steps) {
  const auto width = plate.width();
  for (auto y = band.first; y < band.last; ++y) plate.hold(y, now.subspan(y * width, width));
  barrier.wait();
  for (std::size_t i = 0; i < steps; ++i) {
    step(plate, band, 0, now, next);
    barrier.wait();
    std::swap(now, next);
  }
}

/// Every rank keeps its band, with a row of each neighbour, and shares the first and the last row of its own.
/// Here too what is overwritten in a step was read in the step before.
void solve_with_copies(const Shared& shared, const Plate& plate, Band band, std::size_t steps) {
  const auto width = plate.width();
  const auto base = band.first - 1;
  std::vector<double> now((band.rows() + 2) * width);
  const auto row = [&](std::size_t y) { return std::span(now).subspan((y - base) * width, width); };
  for (auto y = band.first; y < band.last; ++y) plate.hold(y, row(y));
  auto next = now;

  for (std::size_t i = 0; i < steps; ++i) {
    const auto& cells = shared.cells[i % 2];
    if (band.rows() > 0) {
      cells.write(band.first * width, row(band.first));
      if (band.rows() > 1) cells.write((band.last - 1) * width, row(band.last - 1));
    }
    shared.barrier.wait();
    if (band.rows() > 0) {
      cells.read(base * width, row(base));
      cells.read(band.last * width, row(band.last));
    }
    step(plate, band, base, now, next);
    std::swap(now, next);
  }
  if (band.rows() > 0) {
    shared.cells[steps % 2].write(band.first * width, std::span(now).subspan(width, band.rows() * width));
  }
  shared.barrier.wait();
}

}  // namespace

Shared open_shared(cohort::Session& session, const Plate& plate) {
  auto& manager = session.manager();
  const auto cells = plate.width() * plate.height();
  return {
      {manager.open<cohort::Array<double>>("even", cells), manager.open<cohort::Array<double>>("odd", cells)},
      manager.open<cohort::Barrier>("step", session.size())};
}

std::string_view solve_parallel(const cohort::Session& session, const Shared& shared, const Plate& plate,
                                std::size_t steps) {
  const auto band = band_of(plate.height(), static_cast<std::size_t>(session.rank()),
                            static_cast<std::size_t>(session.size()));
  const auto [even, odd] = cells_in_place(shared);
  if (even.empty()) {
    solve_with_copies(shared, plate, band, steps);
    return "copies of rows";
  }
  solve_in_place(even, odd, shared.barrier, plate, band, steps);
  return "in place";
}

}  // namespace heat

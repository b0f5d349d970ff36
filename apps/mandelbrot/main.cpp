// SPDX-License-Identifier: BSL-1.0

// Each row of the picture is a task. Rows that cross the set take far longer than others, so whoever is free takes the
// next one, and rows arrive in any order.

#include <boost/serialization/vector.hpp>
#include <cohort/cohort.hpp>
#include <cstddef>
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "../support/arguments.hpp"
#include "fractal.hpp"
#include "picture.hpp"

namespace {

using namespace mandelbrot;

struct Arguments {
  View view;
  std::string output = "mandelbrot.png";
  std::size_t chunk = 0;
  bool serial = false;
  bool no_progress = false;
};

/// What a task returns.
struct Row {
  int y = 0;
  int rank = 0;
  std::vector<std::uint8_t> rgb;

  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& y& rank& rgb;
  }
};

Row draw(const View& view, int y) { return {y, cohort::this_process::rank(), draw_row(view, y)}; }

int make_picture(const Arguments& arguments) {
  const View& view = arguments.view;
  try {
    require_writable(arguments.output);
  } catch (const std::runtime_error& error) {
    std::cerr << "mandelbrot: " << error.what() << '\n';
    return apps::kWrongArguments;
  }

  Picture picture(view.width, view.height);
  cohort::Pool pool;
  std::vector<int> rows(
      static_cast<std::size_t>(arguments.serial ? 1 : pool.processes()));  // that each rank drew
  const apps::Stopwatch stopwatch;
  if (arguments.serial) {
    for (int y = 0; y < view.height; ++y) picture.set_row(y, draw_row(view, y));
    rows[0] = view.height;
  } else {
    cohort::MapOptions options{.chunk = arguments.chunk, .progress = arguments.no_progress ? "" : "rows"};
    for (const Row& row :
         pool.imap_unordered(cohort::partial(draw, view), cohort::range(view.height), options)) {
      picture.set_row(row.y, row.rgb);
      ++rows.at(static_cast<std::size_t>(row.rank));
    }
  }
  const double seconds = stopwatch.seconds();
  picture.write_png(arguments.output);

  std::cout << arguments.output << ": " << view.width << " x " << view.height << ", ";
  if (arguments.serial)
    std::cout << "serial";
  else
    std::cout << rows.size() << (rows.size() == 1 ? " rank" : " ranks");
  std::cout << ", " << std::setprecision(3) << seconds << " s, rows of each rank:";
  for (const int count : rows) std::cout << ' ' << count;
  std::cout << '\n';
  return 0;
}

int parse_and_draw(int argc, char** argv) {
  CLI::App app("Draws a part of the Mandelbrot set as a PNG file, on all ranks of an mpirun job.",
               "mandelbrot");
  Arguments arguments;
  View& view = arguments.view;
  const auto number = [&app](const char* name, auto& value, auto low, auto high, const char* text) {
    app.add_option(name, value, text)->check(apps::between(low, high))->capture_default_str();
  };
  number("--width", view.width, 1, 16384, "Pixels in a row");
  number("--height", view.height, 1, 16384, "Rows");
  number("--center-x", view.center_x, -4.0, 4.0, "The middle of the picture, real part");
  number("--center-y", view.center_y, -4.0, 4.0, "The middle of the picture, imaginary part");
  number("--scale", view.scale, 1e-12, 16.0, "How much of the plane the width shows");
  number("--iterations", view.iterations, 1, 100'000'000, "A point that has not escaped by then is black");
  number("--samples", view.samples, 1, 16, "A pixel is the mean of N x N points");
  number("--chunk", arguments.chunk, std::size_t{0}, std::size_t{16384},
         "Rows handed out at once; 0: finds out");
  app.add_option("--output", arguments.output, "The PNG file")->capture_default_str();
  app.add_flag("--serial", arguments.serial, "Draw in one plain loop on rank 0: the baseline");
  app.add_flag("--no-progress", arguments.no_progress, "Do not show on stderr how many rows are done");
  app.footer("Exit: 0 done, 1 the picture could not be completed, 2 wrong arguments.");
  if (const auto code = apps::parse(app, argc, argv)) return *code;
  return make_picture(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  return cohort::run(argc, argv, [&] { return parse_and_draw(argc, argv); });
}

// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <system_error>

#include "report.hpp"
#include "text.hpp"

namespace farm {
namespace {

constexpr double kWidth = 1000;
constexpr double kLane = 22;
constexpr double kLeft = 60;
constexpr double kTop = 30;
constexpr std::array kColours = {"#4c9f70", "#d1495b", "#edae49", "#9aa5b1"};  // by How

// Seconds between two marks of the axis: round ones, and ten of them at most.
double step_of(double all) {
  constexpr std::array kSteps = {0.1,  0.2,  0.5,  1.0,  2.0,   5.0,   10.0,  15.0,   30.0,   60.0,
                                 120., 300., 600., 900., 1800., 3600., 7200., 14400., 43200., 86400.};
  const auto step = std::ranges::find_if(kSteps, [all](double one) { return all <= 10 * one; });
  return step != kSteps.end() ? *step : kSteps.back() * std::ceil(all / (10 * kSteps.back()));
}

}  // namespace

void draw_gantt(const std::string& path, std::span<const Record> records) {
  double begin = records.empty() ? 0 : records[0].start;
  double end = begin + 1e-3;
  int ranks = 1;
  for (const Record& record : records) {
    begin = std::min(begin, record.start);
    end = std::max(end, record.end);
    ranks = std::max(ranks, record.rank + 1);
  }
  const double scale = kWidth / (end - begin);
  const double height = kTop + kLane * ranks + 40;
  std::ostringstream svg;
  svg << std::fixed << std::setprecision(2) << R"(<svg xmlns="http://www.w3.org/2000/svg" width=")"
      << kLeft + kWidth + 20 << R"(" height=")" << height << R"(" font-family="sans-serif" font-size="12">)"
      << "\n"
      << R"(<rect width="100%" height="100%" fill="white"/>)"
      << "\n";
  const double step = step_of(end - begin);
  for (double time = 0; time <= end - begin; time += step) {
    const double x = kLeft + scale * time;
    svg << R"(<line stroke="#dddddd" y1=")" << kTop - 6 << R"(" y2=")" << kTop + kLane * ranks << R"(" x1=")"
        << x << R"(" x2=")" << x << R"("/><text text-anchor="middle" y="16" x=")" << x << R"(">)"
        << duration_text(Seconds(time)) << "</text>\n";
  }
  for (int rank = 0; rank < ranks; ++rank) {
    svg << R"(<text x="4" y=")" << kTop + kLane * rank + 15 << R"(">rank )" << rank << "</text>\n";
  }
  for (const Record& r : records) {
    svg << R"(<rect height=")" << kLane - 4 << R"(" y=")" << kTop + kLane * r.rank << R"(" x=")"
        << kLeft + scale * (r.start - begin) << R"(" width=")" << std::max(0.3, scale * (r.end - r.start))
        << R"(" fill=")" << kColours[static_cast<std::size_t>(r.how)] << R"("><title>task )" << r.id
        << ", attempt " << r.attempt << ": " << name_of(r.how) << ", "
        << duration_text(Seconds(r.end - r.start)) << "</title></rect>\n";
  }
  double x = kLeft;
  for (const How how : {How::done, How::failed, How::timeout, How::interrupted}) {
    svg << R"(<rect width="12" height="12" y=")" << height - 22 << R"(" x=")" << x << R"(" fill=")"
        << kColours[static_cast<std::size_t>(how)] << R"("/><text y=")" << height - 12 << R"(" x=")" << x + 18
        << R"(">)" << name_of(how) << "</text>\n";
    x += 110;
  }
  svg << "</svg>\n";
  std::ofstream file(path);
  file << svg.str();
  if (!file.flush()) throw std::system_error(errno, std::generic_category(), "cannot write '" + path + "'");
}

}  // namespace farm

// SPDX-License-Identifier: BSL-1.0
#include "cohort/watch/progress.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cohort/error.hpp"
#include "cohort/heap/current.hpp"
#include "cohort/heap/wait_record.hpp"
#include "cohort/watch/log.hpp"

namespace cohort {
namespace {

constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr auto kLine = std::chrono::seconds(5);

// mpirun, whose child a rank is, reads the rank's stderr through a pipe, and writes it as it is to its own: that one.
// Empty: it does something else with it, or nobody knows.
std::string stderr_of_mpirun() {
  for (const char* option : {"output_filename", "tag_output", "timestamp_output", "xml_output"}) {
    if (std::getenv((std::string("OMPI_MCA_orte_") + option).c_str()) != nullptr) return "";
  }
  struct stat mine = {};
  if (::fstat(STDERR_FILENO, &mine) != 0 || !S_ISFIFO(mine.st_mode)) return "";
  const std::string folder = "/proc/" + std::to_string(::getppid()) + "/fd/";
  std::error_code error;  // not ours to look at, or gone
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    struct stat theirs = {};
    if (::stat(entry.path().c_str(), &theirs) == 0 && theirs.st_dev == mine.st_dev &&
        theirs.st_ino == mine.st_ino)
      return entry.path().filename() == "2" ? "" : folder + "2";
  }
  return "";
}

// The terminal that stderr is, or mpirun's. -1: there is none.
int open_terminal() {
  if (::isatty(STDERR_FILENO) != 0) return ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
  const std::string path = stderr_of_mpirun();
  struct stat status = {};
  if (path.empty() || ::stat(path.c_str(), &status) != 0 || !S_ISCHR(status.st_mode)) return -1;
  const int terminal = ::open(path.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (terminal < 0 || ::isatty(terminal) != 0) return terminal;
  ::close(terminal);
  return -1;
}

std::size_t width_of(int terminal) {
  winsize size = {};
  return ::ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

// 3:07, or 2:03:07.
std::string clock_text(double seconds) {
  const auto all = static_cast<long long>(std::min(seconds, 359'999.0) + 0.5);
  std::array<char, 32> text = {};
  if (all < 3600)
    std::snprintf(text.data(), text.size(), "%lld:%02lld", all / 60, all % 60);
  else
    std::snprintf(text.data(), text.size(), "%lld:%02lld:%02lld", all / 3600, all / 60 % 60, all % 60);
  return text.data();
}

std::string rate_text(double rate) {
  std::array<char, 32> text = {};
  const char* format = rate >= 1e7 ? "%.0fM/s" : rate >= 1e4 ? "%.0fk/s" : rate >= 10 ? "%.0f/s" : "%.1f/s";
  std::snprintf(text.data(), text.size(), format, rate >= 1e7 ? rate / 1e6 : rate >= 1e4 ? rate / 1e3 : rate);
  return text.data();
}

void write_all(const std::string& text) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

std::string Progress::bar(const std::string& name, std::uint64_t done, std::uint64_t all,
                          std::chrono::duration<double> elapsed, std::size_t width) {
  const double rate = elapsed.count() > 0 ? static_cast<double>(done) / elapsed.count() : 0;
  std::string left = name + "  " + std::to_string(done);
  std::string right = "  " + rate_text(rate) + "  " + clock_text(elapsed.count());
  if (all != 0) {
    const double share = static_cast<double>(done) / static_cast<double>(all);
    left += "/" + std::to_string(all) + "  " + std::to_string(static_cast<int>(share * 100)) + "%";
    if (done < all && rate > 0) right += "  " + clock_text(static_cast<double>(all - done) / rate) + " left";
    const std::size_t room =
        left.size() + right.size() + 5 < width ? width - left.size() - right.size() - 5 : 0;
    if (room >= 8) {
      const auto full = static_cast<std::size_t>(share * static_cast<double>(room));
      std::string inside(full, '=');
      if (full < room) inside += '>';
      inside.resize(room, ' ');
      left += " [" + inside + "]";
    }
  }
  std::string text = left + right;
  if (text.size() >= width) text.resize(width - std::min<std::size_t>(width, 1));
  return text;
}

Progress::Progress(std::string name, std::uint64_t all, std::function<std::uint64_t()> done)
    : name_(std::move(name)), all_(all), done_(std::move(done)), terminal_(open_terminal()) {
  try {
    thread_ = std::thread([this] { watch(); });
  } catch (const std::system_error& error) {
    log_error("no thread to show how far '" + name_ + "' is: " + error.what());
  }
}

Progress::~Progress() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  ending_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (terminal_ >= 0) ::close(terminal_);
}

void Progress::watch() {
  if (!current_window.open()) return redraw();
  try {
    this_actor();
  } catch (const Error&) {
    return redraw();  // no room for one more
  }
  with_heap([this]<class A>(const Heap<A>& heap) {
    // This thread keeps nothing going, and hides no hang.
    const WaitRecord<A> record(heap, {WaitKind::work, Address()}, Address(), 0, std::nullopt);
    redraw();
  });
}

void Progress::redraw() {
  std::unique_lock lock(mutex_);
  const auto pause = terminal_ >= 0 ? std::chrono::milliseconds(kRedraw) : std::chrono::milliseconds(kLine);
  while (!ending_.wait_for(lock, pause, [this] { return ended_; })) draw(false);
  draw(true);
}

void Progress::draw(bool last) {
  const std::uint64_t done = done_();
  const auto elapsed = std::chrono::steady_clock::now() - begin_;
  const std::string text = bar(name_, done, all_, elapsed, terminal_ >= 0 ? width_of(terminal_) : 100);
  if (terminal_ >= 0)
    write_all("\r\x1b[K" + text + (last ? "\n" : ""));
  else
    write_all(text + "\n");
}

}  // namespace cohort

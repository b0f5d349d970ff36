// SPDX-License-Identifier: BSL-1.0
// farm: a list of commands, run on every core of an mpirun job, that survives its time limit. Every rank works, rank 0 too:
// the ranks share a board (board.hpp), take tasks from it, and write how they ended into one journal (journal.hpp).
#include <cohort/cohort.hpp>
#include <csignal>
#include <iostream>

#include "arguments.hpp"
#include "environment.hpp"
#include "foreman.hpp"
#include "guard.hpp"
#include "prepare.hpp"
#include "signals.hpp"
#include "temporary_folder.hpp"
#include "text.hpp"
#include "worker.hpp"

namespace {

using namespace farm;

constexpr int kFailed = 1;
constexpr int kStoppedEarly = 75;  // EX_TEMPFAIL: run it again

int exit_code(const Board& board, const Counts& counts) {
  const bool all = counts.ended == board.size();
  // (0: another rank alone has got it.)
  if (!all && board.why() == Why::signal) return 128 + (signals::ending() != 0 ? signals::ending() : SIGTERM);
  if (!all && board.why() != Why::failures) return kStoppedEarly;
  return counts.failed != 0 ? kFailed : 0;
}

void say_why(const Board& board, const Counts& counts, double time_given) {
  if (counts.ended == board.size()) return;
  switch (board.why()) {
    case Why::asked:
      std::cerr << "farm: stopped by SIGUSR2; run the same line again for the rest\n";
      break;
    case Why::time:
      if (counts.next == 0 && Board::estimate(counts) > 0) {
        std::cerr << "farm: nothing was begun: tasks have taken up to "
                  << duration_text(Seconds(Board::estimate(counts))) << " so far, and there were "
                  << duration_text(Seconds(time_given)) << "; run the same line with more time\n";
        break;
      }
      std::cerr << "farm: stopped, as the time is nearly over; run the same line again for the rest\n";
      break;
    case Why::failures:
      std::cerr << "farm: stopped, as " << counts.failed << (counts.failed == 1 ? " task has" : " tasks have")
                << " failed\n";
      break;
    case Why::signal:
      std::cerr << "farm: ended by a signal; run the same line again for the rest\n";
      break;
    default:
      break;
  }
}

// Where a rank cannot go on, nobody begins anything new: what it has claimed would be waited for.
void work(const Board& board, const Settings& settings, const Environment& environment, const Guard& guard) {
  try {
    Worker(board, settings, environment, guard).run();
  } catch (const std::exception& error) {
    std::cerr << "farm: rank " + std::to_string(cohort::this_process::rank()) + ": " + error.what() +
                     "; nothing new is begun\n";
    board.stop(Stop::drain, Why::disk);
  }
}

void report(const Work& work, const Options& options, const Board& board, const Progress& progress) {
  const double time = now();
  const Counts counts = board.counts();
  try {
    const auto records = added_records(work);
    print_summary(std::cerr, progress, work.settings, counts, records, time);
    say_why(board, counts, work.settings.last_moment - progress.begin);
    if (!options.gantt.empty()) draw_gantt(options.gantt, records);
  } catch (const std::exception& error) {
    std::cerr << std::string("farm: ") + error.what() + "\n";
  }
  remove_tree(work.settings.temporary);
}

int work_as_manager(const Work& work_to_do, const Options& options, Board& board,
                    const Environment& environment, const Guard& guard, int ranks) {
  Progress progress;
  progress.tasks = work_to_do.before + work_to_do.todo.size();
  progress.before = work_to_do.before;
  progress.begin = now();
  progress.ranks = ranks;
  {
    const Foreman foreman(board, progress, *work_to_do.journal, options.quiet);
    board.begin(work_to_do.settings, work_to_do.todo, work_to_do.times);
    work(board, work_to_do.settings, environment, guard);
    board.wait_for_others();
  }
  report(work_to_do, options, board, progress);
  return exit_code(board, board.counts());
}

int be_manager(int argc, char** argv, Board& board, const Environment& environment, const Guard& guard,
               int ranks) {
  Options options;
  std::optional<int> code = read_options(argc, argv, options);
  std::variant<Work, int> prepared = code ? std::variant<Work, int>(*code) : prepare(options);
  if (const int* end = std::get_if<int>(&prepared)) {
    board.begin(std::nullopt, {});
    return *end;
  }
  try {
    return work_as_manager(std::get<Work>(prepared), options, board, environment, guard, ranks);
  } catch (const std::exception& error) {
    std::cerr << std::string("farm: ") + error.what() + "\n";
    if (board.has_begun()) return kStoppedEarly;
    board.begin(std::nullopt, {});
    return apps::kWrongArguments;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Environment environment;
  const Guard guard;
  signals::count();
  cohort::Options one_node;
  one_node.window = cohort::WindowKind::shared;
  cohort::Session session(argc, argv, one_node);
  Board board(session.size());
  int code = 0;
  if (session.is_manager()) {
    code = be_manager(argc, argv, board, environment, guard, session.size());
  } else if (const auto settings = board.wait_for_begin()) {
    work(board, *settings, environment, guard);
    board.leave();
  }
  session.join();
  return code;
}

// SPDX-License-Identifier: BSL-1.0
#include "options.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "arguments.hpp"
#include "text.hpp"

namespace farm {
namespace {

CLI::Validator time() {
  return {[](const std::string& given) -> std::string {
            try {
              parse_duration(given);
              return "";
            } catch (const std::invalid_argument& error) {
              return error.what();
            }
          },
          "TIME"};
}

// FARM_TMPDIRs of all farms with this journal: what an earlier one has left there, the next one finds.
std::string temporary_of(const std::string& journal) {
  const char* folder = std::getenv("TMPDIR");
  return std::string(folder != nullptr && *folder != '\0' ? folder : "/tmp") + "/farm." +
         std::to_string(::getuid()) + "." +
         hash_text(std::filesystem::absolute(journal).lexically_normal().string());
}

}  // namespace

std::optional<int> read_options(int argc, char** argv, Options& options) {
  CLI::App app(
      "Runs a list of shell commands on all ranks of an mpirun job, each once, and goes on where it was "
      "stopped:\n"
      "    mpirun farm tasks.txt",
      "farm");
  Settings& settings = options.settings;
  std::string timeout, grace = "5s", delay = "0s", memory;
  app.add_option("LIST", options.list,
                 "A file with a command a line (# is a comment); - for stdin. With --template a table (CSV)");
  app.add_option("--template", options.command_template,
                 "A command for each row of the table: {1}, {2} ... are its fields, quoted");
  app.add_flag("--header", options.header, "The table's first row has names: {name} in the template");
  app.add_flag("--dry-run", options.dry_run, "Print what would be run, and run nothing");
  app.add_option("--journal", settings.journal,
                 "Where it is kept what has been done (default: LIST.journal)");
  app.add_flag("--force-resume", options.force_resume,
               "The list has changed: what has the same command as before counts as done");
  app.add_flag("--retry-failed", options.retry_failed, "Run what has failed before, and nothing else");
  app.add_option("--list", options.print,
                 "Print the commands that are done, failed or remaining, and run nothing")
      ->check(CLI::IsMember({"done", "failed", "remaining"}));
  app.add_flag("--compact", options.compact, "Shorten the journal to one line a task, and run nothing");
  app.add_option("--retries", settings.retries, "How often a task that fails is tried again")
      ->check(apps::between(0, 1000000))
      ->capture_default_str();
  app.add_option("--retry-delay", delay, "Before it is tried again")->check(time())->capture_default_str();
  app.add_option("--timeout", timeout, "The most that a task may take: 90, 15m, 1:30:00 ...")->check(time());
  app.add_option("--grace", grace, "Between SIGTERM and SIGKILL for a task that is to end")
      ->check(time())
      ->capture_default_str();
  app.add_option("--memory-limit", memory, "The most that each process of a task may have: 512M, 2G ...")
      ->check([](const std::string& given) -> std::string {
        try {
          parse_bytes(given);
          return "";
        } catch (const std::invalid_argument& error) {
          return error.what();
        }
      });
  app.add_option("--max-fails", settings.max_fails,
                 "Begin nothing new once so many tasks have failed for good")
      ->check(apps::between<std::uint64_t>(1, 1'000'000'000));
  std::string fail_fast;
  app.add_option(
         "--fail-fast", fail_fast,
         "At the first failure (or as --max-fails says): drain (what runs is finished) or kill (it is not)")
      ->check(CLI::IsMember({"drain", "kill"}));
  app.add_option("--walltime", options.walltime,
                 "End within this time: begin nothing that would probably not end (default: Slurm's)")
      ->check(time());
  app.add_option("--logs", settings.logs, "The folder that the tasks' output goes to")->capture_default_str();
  const std::map<std::string, LogMode> modes = {{"files", LogMode::files},
                                                {"failed-only", LogMode::failed_only},
                                                {"single", LogMode::single},
                                                {"none", LogMode::none}};
  app.add_option("--log", settings.log,
                 "files: ID.out and ID.err for each task; failed-only; single: one file; none")
      ->transform(CLI::CheckedTransformer(modes).description("files|failed-only|single|none"));
  app.add_flag("--quiet", options.quiet, "No progress");
  app.add_option("--gantt", options.gantt, "Draw who ran what when: a picture (SVG)");
  auto* log = app.add_subcommand("log", "Print what the last attempt at a task wrote")->fallthrough();
  log->add_option("ID", options.show_log, "The task's number")
      ->required()
      ->check(apps::between(1U, 4'000'000'000U));
  app.footer(
      "Signals: USR1 prints what runs; USR2 begins nothing new, a second one later ends what runs; TERM and "
      "Ctrl-C "
      "end it.\n"
      "Exit: 0 all done, 1 some failed, 2 wrong arguments, 75 stopped before the end (run the same line "
      "again),\n"
      "128 + the signal.");
  if (const auto code = apps::parse(app, argc, argv)) return code;
  if (options.show_log != 0) return std::nullopt;
  if (options.list.empty()) {
    std::cerr << "farm: which list? mpirun farm tasks.txt (see farm --help)\n";
    return apps::kWrongArguments;
  }
  if (options.header && options.command_template.empty()) {
    std::cerr << "farm: --header is for --template\n";
    return apps::kWrongArguments;
  }
  if (settings.journal.empty())
    settings.journal = options.list == "-" ? "farm.journal" : options.list + ".journal";
  settings.retry_delay = parse_duration(delay).count();
  settings.grace = parse_duration(grace).count();
  if (!timeout.empty()) settings.timeout = parse_duration(timeout).count();
  if (!memory.empty()) settings.memory_limit = parse_bytes(memory);
  if (!fail_fast.empty()) {
    settings.fail_fast = fail_fast == "kill" ? FailFast::kill : FailFast::drain;
    if (settings.max_fails == 0) settings.max_fails = 1;
  }
  settings.temporary = temporary_of(settings.journal);
  return std::nullopt;
}

}  // namespace farm

// SPDX-License-Identifier: BSL-1.0
#include "pieces.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "words.hpp"

namespace {

using namespace wordcount;

/// Calls fn with every text over the alphabet of at most `longest` bytes.
void for_each_text(const std::string& alphabet, std::size_t longest,
                   const std::function<void(const std::string&)>& fn) {
  std::string text;
  const std::function<void()> grow = [&] {
    fn(text);
    if (text.size() == longest) return;
    for (const char c : alphabet) {
      text.push_back(c);
      grow();
      text.pop_back();
    }
  };
  grow();
}

bool inside_word(const std::string& text, std::uint64_t at) {
  return at > 0 && at < text.size() && word_byte(text[at - 1]) != 0 && word_byte(text[at]) != 0;
}

std::vector<std::uint64_t> cuts_of(const std::string& text, std::uint64_t piece_bytes) {
  std::istringstream stream(text);
  return cut_at_word_ends(stream, text.size(), piece_bytes);
}

TEST(Cuts, EveryPieceOfEverySmallTextEndsAtTheFirstWordEnd) {
  // A letter, a capital, a digit, both bytes of a UTF-8 character, and two kinds of gaps.
  for_each_text("aB7\xC3\xA9 .", 6, [](const std::string& text) {
    for (std::uint64_t piece_bytes = 1; piece_bytes <= 7; ++piece_bytes) {
      const auto cuts = cuts_of(text, piece_bytes);
      ASSERT_EQ(cuts.front(), 0U);
      ASSERT_EQ(cuts.back(), text.size());
      std::string joined;
      for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
        ASSERT_LT(cuts[i], cuts[i + 1]) << '"' << text << "\" by " << piece_bytes;
        ASSERT_FALSE(inside_word(text, cuts[i + 1])) << '"' << text << "\" by " << piece_bytes;
        for (auto at = cuts[i] + piece_bytes; at < cuts[i + 1]; ++at) {
          ASSERT_TRUE(inside_word(text, at)) << '"' << text << "\" by " << piece_bytes << " was cut late";
        }
        joined += text.substr(cuts[i], cuts[i + 1] - cuts[i]);
      }
      ASSERT_EQ(joined, text);
    }
  });
}

TEST(Cuts, EmptyTextHasNoPiece) { EXPECT_EQ(cuts_of("", 4), std::vector<std::uint64_t>{0}); }

TEST(Cuts, LongWordIsOnePiece) {
  const std::string word(100'000, 'x');
  EXPECT_EQ(cuts_of(word, 10), (std::vector<std::uint64_t>{0, word.size()}));
  EXPECT_EQ(cuts_of("a " + word, 1), (std::vector<std::uint64_t>{0, 1, 2, word.size() + 2}));
}

class Files : public ::testing::Test {
 protected:
  Files() { std::filesystem::create_directory(folder_); }
  ~Files() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }

  /// What inspect says against the file.
  static std::string refusal(const std::string& path) {
    try {
      inspect(path);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("wordcount_pieces_test_" + std::to_string(::getpid()));
};

TEST_F(Files, PlanHoldsEveryByteOnce) {
  std::vector<File> files;
  std::uint64_t total = 0;
  for (const int words : {0, 1, 100'000, 3, 0, 50'000, 20}) {
    std::string text;
    for (int i = 0; i < words; ++i) text += "word" + std::to_string(i) + ' ';
    files.push_back(inspect(write("file" + std::to_string(files.size()), text)));
    total += files.back().size;
  }
  for (const std::size_t tasks : {0U, 1U, 2U, 7U, 1000U}) {
    const auto planned = plan(files, tasks);
    std::vector<Piece> pieces;
    for (const auto& task : planned) {
      ASSERT_FALSE(task.empty());
      pieces.insert(pieces.end(), task.begin(), task.end());
    }
    std::uint64_t bytes = 0;
    std::size_t next = 0;
    for (const auto& file : files) {
      for (std::uint64_t at = 0; at < file.size; ++next) {
        ASSERT_EQ(pieces.at(next).path, file.path);
        ASSERT_EQ(pieces.at(next).begin, at);
        at = pieces.at(next).end;
        bytes += pieces.at(next).end - pieces.at(next).begin;
      }
    }
    EXPECT_EQ(next, pieces.size());
    EXPECT_EQ(bytes, total);
    EXPECT_LE(planned.size(), 2 * tasks + files.size());
  }
}

TEST_F(Files, SmallFilesShareATask) {
  std::vector<File> files;
  for (int i = 0; i < 100; ++i) files.push_back(inspect(write("small" + std::to_string(i), "a few words")));
  EXPECT_EQ(plan(files, 8).size(), 1U);
}

TEST_F(Files, LargeFileGivesAsManyTasksAsAsked) {
  std::string text;
  while (text.size() < 4'000'000) text += "some words ";
  EXPECT_EQ(plan({inspect(write("large", text))}, 8).size(), 8U);
}

TEST_F(Files, EmptyFileIsReadable) {
  EXPECT_EQ(inspect(write("empty", "")).size, 0U);
  EXPECT_TRUE(plan({inspect((folder_ / "empty").string())}, 4).empty());
}

TEST_F(Files, WhatCannotBeReadIsNamedWithTheReason) {
  const auto missing = (folder_ / "missing").string();
  EXPECT_EQ(refusal(missing), "cannot read '" + missing + "': No such file or directory");
  EXPECT_EQ(refusal(folder_.string()), "cannot read '" + folder_.string() + "': it is a directory");

  const auto pipe = (folder_ / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_NE(refusal(pipe).find("no regular file"), std::string::npos) << refusal(pipe);
  EXPECT_NE(refusal("/proc/self/status").find("reports no size"), std::string::npos);

  if (::geteuid() == 0) return;  // root may read everything
  const auto secret = write("secret", "words");
  std::filesystem::permissions(secret, std::filesystem::perms::none);
  EXPECT_EQ(refusal(secret), "cannot read '" + secret + "': Permission denied");
}

}  // namespace

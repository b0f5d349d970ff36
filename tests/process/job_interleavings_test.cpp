// SPDX-License-Identifier: BSL-1.0
// Jobs and pools under thousands of chosen interleavings: every task is done once or dropped, a job ends once and
// only when all its tasks are counted, no job is left without a worker, nobody sleeps for ever, no block is lost.
// And with seeded defects: each is found, or these tests would prove nothing.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "process/job_world.hpp"

namespace cohort::test {
namespace {

using A = JobMutantAccess;

// Submitters; one that cancels; one that waits for each job, and two that wait for any; workers.
std::string several_jobs(std::uint64_t seed, JobDefect defect) {
  JobWorld world(seed, defect, 8);
  for (std::size_t actor = 0; actor < 2; ++actor) {
    for (int i = 0; i < 2; ++i) world.make(world.heap(0));
    world.add_submitter(actor, [&world, actor](const JobHeap& heap) {
      for (std::size_t i = 0; i < 2; ++i) world.submit(heap, world.stories()[2 * actor + i]);
    });
  }
  world.add(2, [&world](const JobHeap& heap) {
    if (world.draw(2) == 0) world.cancel(heap, world.stories()[world.draw(4)]);
  });
  world.add(3, [&world](const JobHeap& heap) {
    for (const JobStory& story : world.stories()) JobCore<A>(heap, story.id.address).wait({});
  });
  for (std::size_t actor = 4; actor < 6; ++actor) {
    world.add(actor, [&world](const JobHeap& heap) {
      std::vector<Address> left;
      for (const JobStory& story : world.stories()) left.push_back(story.id.address);
      while (!left.empty()) {
        const auto at = left.begin() + static_cast<std::ptrdiff_t>(wait_for_one<A>(heap, left));
        if (!JobCore<A>(heap, *at).ended()) world.problem("a wait ended too early");
        left.erase(at);
      }
    });
  }
  return world.judge(6);
}

// Nobody but workers: what each submitter leaves to a worker that stands up is done.
std::string jobs_in_a_hurry(std::uint64_t seed, JobDefect defect) {
  JobWorld world(seed, defect, 5);
  for (std::size_t actor = 0; actor < 3; ++actor) {
    world.make(world.heap(0));
    world.add_submitter(actor, [&world, actor](const JobHeap& heap) {
      world.submit(heap, world.stories()[actor]);
      if (world.draw(4) == 0) world.cancel(heap, world.stories()[actor]);
    });
  }
  return world.judge(3);
}

// One place, and jobs of one task: a worker stands up again and again.
std::string one_place(std::uint64_t seed, JobDefect defect) {
  JobWorld world(seed, defect, 4, 1);
  for (std::size_t actor = 0; actor < 2; ++actor) {
    for (int i = 0; i < 3; ++i) world.make(world.heap(0), 1);
    world.add_submitter(actor, [&world, actor](const JobHeap& heap) {
      for (std::size_t i = 0; i < 3; ++i) world.submit(heap, world.stories()[3 * actor + i]);
    });
  }
  return world.judge(2);
}

// A job that ends while somebody begins to wait for any of two.
std::string one_waiter(std::uint64_t seed, JobDefect defect) {
  JobWorld world(seed, defect, 3);
  for (int i = 0; i < 2; ++i) world.make(world.heap(0), 1);
  world.add_submitter(0, [&world](const JobHeap& heap) {
    for (const JobStory& story : world.stories()) world.submit(heap, story);
  });
  world.add(1, [&world](const JobHeap& heap) {
    std::vector<Address> left{world.stories()[0].id.address, world.stories()[1].id.address};
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(wait_for_one<A>(heap, left)));
    wait_for_one<A>(heap, left);
  });
  return world.judge(2);
}

using Program = std::string (*)(std::uint64_t, JobDefect);

#if defined(COHORT_TEST_ASAN) || defined(COHORT_TEST_TSAN)
constexpr std::uint64_t kSeeds = 150;
#else
constexpr std::uint64_t kSeeds = 1500;
#endif

void expect_none(Program program) {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + kSeeds; ++seed)
    ASSERT_EQ(program(seed, JobDefect::none), "") << "COHORT_TEST_SEED=" << seed;
}
// By one of the programs.
void expect_found(JobDefect defect) {
  for (std::uint64_t seed = first_seed(); seed < first_seed() + 6000; ++seed) {
    for (const Program program : {one_waiter, one_place, jobs_in_a_hurry, several_jobs}) {
      const std::string problem = program(seed, defect);
      if (problem.empty()) continue;
      std::printf("found with seed %llu, number %llu: %s\n", static_cast<unsigned long long>(seed),
                  static_cast<unsigned long long>(seed - first_seed()), problem.c_str());
      return;
    }
  }
  ADD_FAILURE() << "nobody found it";
}

// A fourth of a fair share of what is left: all end together, and nobody is handed everything.
TEST(JobClaims, GetSmallerTowardsTheEnd) {
  JobWorld world(1, JobDefect::none, 1);
  JobSpec spec;
  spec.tasks = 100;
  const JobCore<A> job(world.heap(0), make_job(world.heap(0), spec, world.pool(), 2, 0, 0).address);
  std::vector<Word> counts;
  Word next = 0;
  const auto claim = [&job] { return job.claim_share(100, 2, 0, true); };
  for (auto chunk = claim(); chunk.count != 0; chunk = claim()) {
    EXPECT_EQ(chunk.first, next);
    next += chunk.count;
    counts.push_back(chunk.count);
  }
  EXPECT_EQ(next, 100U);
  EXPECT_EQ(counts.front(), 12U);
  EXPECT_EQ(counts.back(), 1U);
  EXPECT_TRUE(std::is_sorted(counts.rbegin(), counts.rend()));
}

// What one leaves that dies while it drops what is left; another has seen it there, and gone on.
TEST(JobDeaths, WhatWasToBeDroppedIs) {
  JobWorld world(1, JobDefect::none, 2);
  JobSpec spec;
  spec.tasks = 10;
  for (const Word claimed_then : {Word{3}, kAllDropped}) {
    const ObjectId id = make_job(world.heap(0), spec, world.pool(), 2, 0, 0);
    const JobCore<A> job(world.heap(0), id.address);
    const Address body(world.heap(0).load(own_field(id.address, 2)));
    const auto set = [&](std::size_t field, Word value) { world.heap(0).store(body + field, value); };
    EXPECT_EQ(job.claim(10, 3).count, 3U);
    const auto dead = world.heap(1).actor();
    set(offsetof(JobBody, dropper), dead);
    set(offsetof(JobBody, dropped), 7);
    set(offsetof(JobBody, claimed), claimed_then);
    EXPECT_EQ(job.drop(), 0U);
    job.bury(dead);
    EXPECT_EQ(job.dropped(), 7U);
    EXPECT_EQ(job.left(), 0U);
    EXPECT_FALSE(job.ended());
    job.finish(3);
    EXPECT_EQ(job.state(), JobState::cancelled);
    lower_object(world.heap(0), id.address);
  }
}

// Of all that it did but to say that the job is over; and more tasks than anybody can do.
TEST(JobDeaths, AJobThatWasOverEnds) {
  JobWorld world(1, JobDefect::none, 2);
  JobSpec spec;
  spec.tasks = Word{1} << 60;
  const ObjectId id = make_job(world.heap(0), spec, world.pool(), 2, 0, 0);
  const JobCore<A> job(world.heap(0), id.address);
  const Address body(world.heap(0).load(own_field(id.address, 2)));
  world.heap(0).store(body + offsetof(JobBody, dropper), world.heap(1).actor());
  world.heap(0).store(body + offsetof(JobBody, dropped), spec.tasks);
  world.heap(0).store(body + offsetof(JobBody, claimed), kAllDropped);
  job.bury(world.heap(1).actor());
  EXPECT_EQ(job.state(), JobState::cancelled);
  lower_object(world.heap(0), id.address);
}

// Of 100 tasks.
JobCore<A> job_with_two_ends(JobWorld& world) {
  JobSpec spec;
  spec.tasks = 100;
  spec.flags = kTwoEndsJob;
  return {world.heap(0), make_job(world.heap(0), spec, world.pool(), 2, 0, 0).address};
}

TEST(JobClaims, OfTwoEndsMeetAndLeaveNothingOut) {
  JobWorld world(1, JobDefect::none, 1);
  const JobCore<A> job = job_with_two_ends(world);
  Word front = 0;
  Word back = 100;
  for (int i = 0;; ++i) {
    EXPECT_EQ(job.left(), back - front);
    const bool at_back = i % 3 != 0;
    const auto chunk = job.claim_share(100, 2, kTwoEndsJob, at_back);
    if (chunk.count == 0) break;
    if (at_back) {
      back -= chunk.count;
      EXPECT_EQ(chunk.first, back);
    } else {
      EXPECT_EQ(chunk.first, front);
      front += chunk.count;
    }
  }
  EXPECT_EQ(front, back);
  EXPECT_EQ(job.drop(), 0U);
}

TEST(JobClaims, WhatIsDroppedOfTwoEndsIsWhatLiesBetween) {
  JobWorld world(1, JobDefect::none, 1);
  const JobCore<A> job = job_with_two_ends(world);
  const Word front = job.claim_share(100, 2, kTwoEndsJob, false).count;
  const Word back = job.claim_share(100, 2, kTwoEndsJob, true).count;
  EXPECT_EQ(job.drop(), 100 - front - back);
  EXPECT_EQ(job.left(), 0U);
  EXPECT_EQ(job.claim_share(100, 2, kTwoEndsJob, true).count, 0U);
  EXPECT_EQ(job.claim_share(100, 2, kTwoEndsJob, false).count, 0U);
}

TEST(JobInterleavings, EveryTaskIsDoneOnceOrDropped) { expect_none(several_jobs); }
TEST(JobInterleavings, NoJobIsLeftWithoutAWorker) {
  expect_none(jobs_in_a_hurry);
  expect_none(one_place);
}
TEST(JobInterleavings, NobodyWaitsForOneOfTwoForEver) { expect_none(one_waiter); }

TEST(JobDefects, AWorkerThatStandsUpWithoutALook) { expect_found(JobDefect::stands_up_without_a_look); }
TEST(JobDefects, ASeatTakenInTwoSteps) { expect_found(JobDefect::sits_in_two_steps); }
TEST(JobDefects, AFailureAtTheBackThatDropsWhatIsLower) { expect_found(JobDefect::drops_at_the_back); }
TEST(JobDefects, AShareClaimedInTwoSteps) { expect_found(JobDefect::claims_in_two_steps); }
TEST(JobDefects, TasksDroppedInTwoSteps) { expect_found(JobDefect::drops_in_two_steps); }
TEST(JobDefects, TasksCountedInTwoSteps) { expect_found(JobDefect::counts_in_two_steps); }
TEST(JobDefects, AnErrorToldAfterItsTaskIsCounted) { expect_found(JobDefect::counts_before_it_tells); }
TEST(JobDefects, ALookForWaitersBeforeTheEnd) { expect_found(JobDefect::looks_for_waiters_before_end); }
TEST(JobDefects, AWaiterThatLooksBeforeItRegisters) { expect_found(JobDefect::any_waiter_does_not_register); }
TEST(JobDefects, NobodyIsWoken) { expect_found(JobDefect::wakes_nobody); }
TEST(JobDefects, AJobTakenOffTheListTwice) { expect_found(JobDefect::removes_without_a_second_look); }

}  // namespace
}  // namespace cohort::test

// SPDX-License-Identifier: BSL-1.0

// spmd CASE [RANK]: every rank runs this main. One of them, RANK, throws where the others wait in join().

#include <cohort/cohort.hpp>
#include <iostream>
#include <stdexcept>
#include <string>

namespace {

void meet(int& argc, char**& argv, int thrower) {
  cohort::Session session(argc, argv);
  if (session.rank() == thrower) throw std::runtime_error("boom");
  session.join();
  std::cout << "joined\n";
}

}  // namespace

int main(int argc, char** argv) {
  const std::string chosen = argc > 1 ? argv[1] : "";
  const int thrower = argc > 2 ? std::stoi(argv[2]) : -1;
  if (chosen == "meets") {
    meet(argc, argv, -1);
    return 0;
  }
  if (chosen == "escapes") {  // from main: the runtime ends this rank before any destructor ran
    meet(argc, argv, thrower);
    return 0;
  }
  if (chosen == "unwinds") {  // the Session is destroyed by the exception that passes through
    try {
      meet(argc, argv, thrower);
    } catch (const std::runtime_error& error) {
      std::cerr << "caught " << error.what() << '\n';
      return 1;
    }
    return 0;
  }
  std::cerr << "usage: spmd meets | escapes RANK | unwinds RANK\n";
  return 2;
}

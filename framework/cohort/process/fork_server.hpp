// SPDX-License-Identifier: BSL-1.0
#pragma once

// ForkServer: one for each rank over a shared window. A process with one thread, forked from the rank before Cohort has
// made threads there: it forks a child for each Process with Isolation::child, and says how it ended.
//
//   a thread of the rank   takes the record from the queue, asks the server for a child, and sleeps on the record's
//                          `child` word: with the rank's core spoken for while the child runs, without it while the
//                          child waits. When the child is gone it reaps and finishes the record.
//   the server             forks, passes signals on, waits for its children, and stores their status in `child`.
//   the child              runs the target, stores in `child` when it waits and when it goes on, and leaves by _exit.
//
// Ends        A server ends when its rank's end of the socket is closed, as it is when the rank is gone, and a child dies
//             with its server (PR_SET_PDEATHSIG). They are in a process group of their own, so that mpirun's signals go
//             to ranks alone. A server that ends before its rank closes its socket: the rank's watcher ends the job.
// Files       Server and children have none of those that the program had open but stdout and stderr.

#include "cohort/window/address.hpp"

namespace cohort {

class ForkServer {
 public:
  /// While this process has no threads but MPI's. Where the system gives no process, runs() is false.
  ForkServer();
  /// Nobody runs anything any more.
  ~ForkServer();
  ForkServer(const ForkServer&) = delete;
  ForkServer& operator=(const ForkServer&) = delete;

  bool runs() const { return socket_ >= 0; }
  /// The other end is closed when the server is gone; -1: there is none.
  int socket() const { return socket_; }

  /// Asks for a child that runs the record; with a signal, that this child gets it. False: the system has no memory for
  /// the message, with the reason in errno. (Where the server is gone nobody hears it, and the job ends.)
  bool ask(Address record, int signal) const;

 private:
  int socket_ = -1;
};

/// This rank's, or null. Set while one thread runs, at the session's start and end.
inline const ForkServer* fork_server = nullptr;
/// Options::isolation is child: every Process that a program makes runs in one.
inline bool children_by_default = false;

}  // namespace cohort
